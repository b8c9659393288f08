/* The few lines that the C tests share. */
#ifndef HOLT_TESTS_CAPI_CHECK_H
#define HOLT_TESTS_CAPI_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the place and what was expected there. */
#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

/* The call succeeds, or its status is shown. */
#define CHECK_OK(call)                                                    \
    do {                                                                  \
        holt_status* check_status = NULL;                                 \
        holt_status** status = &check_status;                             \
        const holt_kind check_kind = (call);                              \
        if (check_kind != HOLT_OK) {                                      \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, \
                    holt_status_message(check_status));                   \
            exit(1);                                                      \
        }                                                                 \
        CHECK(check_status == NULL);                                      \
    } while (0)

/* In it `status` is the name of where the status goes. */
#endif
