// One function compiled for several instruction sets, chosen at program start.
#pragma once

// Clones hold the same operations in the same order (no fused multiply-add, see the build flags), so results do not
// depend on the machine. Sanitized builds keep one copy: the choice runs before the sanitizer is ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define VS_TARGET_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VS_TARGET_CLONES
#endif
