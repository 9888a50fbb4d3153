package dev.reuseport.cli;

/** How a reading command prints. */
enum Format {
    TEXT,
    JSON
}
