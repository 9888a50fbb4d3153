/**
 * A report of a host, and the differences of two, as JSON, as text and as one HTML page.
 *
 * <p>The page takes nothing from elsewhere: no script, no font, no picture. All text in it goes through {@link dev.reuseport.print.report.Html},
 * which escapes it.
 */
package dev.reuseport.print.report;
