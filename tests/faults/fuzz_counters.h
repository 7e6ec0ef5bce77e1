/* fuzz_counters.h - a child's counters of edges, for the fuzzer that made it.
 */
#ifndef SIDLE_TESTS_FAULTS_FUZZ_COUNTERS_H
#define SIDLE_TESTS_FAULTS_FUZZ_COUNTERS_H

/** Share the counters with every child from here on. Calls: once. */
void fuzz_counters_share(void);
/** Give libFuzzer what the last child counted. */
void fuzz_counters_take(void);

#endif
