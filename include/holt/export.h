/* Marks what the shared library shows of the C interface. */
#ifndef HOLT_EXPORT_H
#define HOLT_EXPORT_H

#define HOLT_API __attribute__((visibility("default")))

#endif
