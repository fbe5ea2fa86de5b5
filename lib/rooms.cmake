# The one table of rooms: who may include whom, and which third-party headers belong where.
#
# vs_room(NAME LIBRARY <libvs|libvsnn> USES <rooms...> HEADERS <third-party...>)
# vs_plugin(NAME ROOM <room>): lib<NAME>.so, loaded at run time
#
# Read by CMakeLists.txt (link lines) and by tests/arch (every #include under lib/, cmd/ and tests/).
# A room may include the rooms it lists and nothing else; list each one used, none is passed on.
# HEADERS are keys of VS_THIRD_PARTY below; a header whose prefix no key claims is the C++ or C library's.

# key | include prefixes (first path component or file name), separated by commas
set(VS_THIRD_PARTY
  "fmt|fmt/"
  "openssl|openssl/"
  "xxhash|xxhash.h"
  "cxxopts|cxxopts.hpp"
  "hdf5|hdf5.h,H5"
  "json|nlohmann/"
  "valijson|valijson/"
  "ffmpeg|libavcodec/,libavformat/,libavfilter/,libavutil/,libswscale/"
  "opencv|opencv2/"
  "jpeg|jpeglib.h,turbojpeg.h,jerror.h"
  "png|png.h,spng.h"
  "torch|torch/,ATen/,c10/,caffe2/"
  "cuda|cuda,cublas,cudnn,nccl.h"
  "doctest|doctest/"
)

vs_room(core     LIBRARY libvs USES                            HEADERS fmt openssl xxhash)
vs_room(cli      LIBRARY libvs USES core                       HEADERS fmt cxxopts json)
vs_room(store    LIBRARY libvs USES core cli                   HEADERS fmt hdf5 json valijson)
vs_room(media    LIBRARY libvs USES core cli store             HEADERS fmt json ffmpeg opencv jpeg png)
# Checkpoint files without LibTorch: bytes of strangers are parsed where nothing else is.
vs_room(weights  LIBRARY libvs USES core cli store             HEADERS fmt json)
vs_room(annot    LIBRARY libvs USES core cli store             HEADERS fmt json)
vs_room(sampling LIBRARY libvs USES core cli                   HEADERS fmt)
vs_room(motion   LIBRARY libvs USES core cli store media       HEADERS fmt json opencv)
vs_room(metrics  LIBRARY libvs USES core                       HEADERS fmt)
vs_room(plot     LIBRARY libvs USES core                       HEADERS fmt)
# From annotated videos to network inputs, as plain arrays: no tensors, so that its tests and users need no LibTorch.
vs_room(data     LIBRARY libvs USES core cli store media annot sampling motion HEADERS fmt json)
# What programs of libvs ask of libvsnn, which they load on demand.
vs_room(plugin   LIBRARY libvs USES core                       HEADERS fmt)
# What a program of libvs does, composed of the rooms above: one folder a program, so that none of them knows the others.
vs_room(jobs     LIBRARY libvs USES core cli store media weights annot sampling motion metrics plot plugin HEADERS fmt json)

# Networks: the rooms of libvsnn hand tensors to each other, no other room knows of LibTorch.
vs_room(nn       LIBRARY libvsnn USES core cli store weights plugin HEADERS fmt json torch)
# Networks and samplers composed: what a published system does with a video's frames at test time.
vs_room(systems  LIBRARY libvsnn USES core cli store sampling motion weights nn HEADERS fmt json torch)
# Features of frames and clips: what lib/plugin declares.
vs_room(features LIBRARY libvsnn USES core cli store weights plugin nn systems HEADERS fmt json torch)
# What a network costs; the frames before it too, therefore media.
vs_room(flops    LIBRARY libvsnn USES core cli store media weights nn HEADERS fmt json torch)
# What vs-eval does: datasets through systems to scores, and scores to metrics.
vs_room(evaluate LIBRARY libvsnn USES core cli store media weights annot sampling motion metrics plot jobs data nn systems flops HEADERS fmt json torch)

# Losses, optimisers, schedules and the loop around them; validation is what vs-eval does.
vs_room(train    LIBRARY libvsnn USES core cli store media weights annot sampling motion metrics plot jobs data nn systems flops evaluate HEADERS fmt json torch)

# The GPU half: what nn declares of a device, and the kernels behind it. Nobody includes it.
vs_room(cuda     LIBRARY libvscuda USES core cli store media weights motion plugin nn HEADERS fmt torch cuda)

# libvsnn.so, for programs that link no LibTorch: the objects of its room, with what they use.
vs_plugin(vsnn ROOM features)
# libvscuda.so, for programs that are told to compute on a GPU.
vs_plugin(vscuda ROOM cuda)

# The programs: options in, one call into jobs, exit code out.
vs_program(vs-extract USES core cli store jobs)
vs_program(vs-motion  USES core cli store jobs)
vs_program(vs-annot   USES core cli store jobs)
vs_program(vs-flops   USES core cli flops)
vs_program(vs-eval    USES core cli store evaluate)
vs_program(vs-train   USES core cli store train)
vs_program(vs-distill USES core cli store train)
