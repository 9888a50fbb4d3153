/**
 * The numbers, layouts and addresses of every platform.
 *
 * <p>Data only: nothing here calls the system that it describes, so that all of it can be tested on any host. The seam is {@link dev.reuseport.abi.Abi}.
 */
package dev.reuseport.abi;
