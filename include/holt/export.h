/* What the shared library shows: a name without this mark is its own business. For C and C++. */
#ifndef HOLT_EXPORT_H
#define HOLT_EXPORT_H

#define HOLT_API __attribute__((visibility("default")))

#endif
