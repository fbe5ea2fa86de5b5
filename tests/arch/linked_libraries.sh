#!/bin/sh
# Programs of libvs start in milliseconds because they link neither LibTorch, CUDA nor OpenCV's imgcodecs: readelf says so.
set -eu
build=$1
status=0
for program in vs-extract vs-motion vs-annot; do
  [ -x "$build/$program" ] || { echo "$program is not built"; status=1; continue; }
  linked=$(readelf -d "$build/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in torch c10 cuda opencv_imgcodecs opencv_videoio opencv_highgui python; do
    if printf '%s\n' "$linked" | grep -q "^lib$library"; then
      echo "$program links lib$library"
      status=1
    fi
  done
done
# The others link LibTorch's CPU half alone: CUDA comes with libvscuda.so, when it is asked for.
for program in vs-flops vs-eval vs-train vs-distill; do
  linked=$(readelf -d "$build/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  if printf '%s\n' "$linked" | grep -E '^lib(torch_cuda|c10_cuda|cuda|cudart|cudnn|nccl)'; then
    echo "$program links CUDA"
    status=1
  fi
done
# What they load on demand shows one function, so that nothing in it can stand in for what a program has itself.
shown=$(nm -D --defined-only "$build/libvsnn.so" | sed 's/.* //')
if [ "$shown" != vs_plugin_table ]; then
  echo "libvsnn.so shows $(printf '%s' "$shown" | head -5 | tr '\n' ' ')"
  status=1
fi
exit $status
