#!/usr/bin/env bash
# Builds the fuzzers with clang and runs each for a short time on its corpus (tests/fuzz). Longer:
# build/fuzz/bin/answer_fuzzer -max_total_time=600 build/fuzz/tests/fuzz/corpus/answer tests/fuzz/corpus/answer
set -euo pipefail
cd "$(dirname "$0")/../.."

cmake --preset fuzz
cmake --build --preset fuzz
ctest --preset fuzz
