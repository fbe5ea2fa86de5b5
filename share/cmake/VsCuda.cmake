# Whether libvscuda.so, the GPU half, is built, and with what. Nothing else of vs knows of CUDA.
#
# VS_CUDA: AUTO builds it where nvcc and the CUDA half of LibTorch are, ON insists, OFF does not. Sets VS_CUDA_BUILT and
# VS_CUDA_WHY_NOT, and makes the target LibTorch::cuda. No GPU is needed for building.
set(VS_CUDA AUTO CACHE STRING "build libvscuda.so, the GPU half: AUTO, ON or OFF")
set_property(CACHE VS_CUDA PROPERTY STRINGS AUTO ON OFF)
if(NOT VS_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "VS_CUDA is AUTO, ON or OFF, not \"${VS_CUDA}\"")
endif()

# Code for A100 and H100, and a form that later GPUs' drivers translate.
set(VS_CUDA_ARCHITECTURES 80-real 90)

# macro: languages are enabled in the scope of the project.
macro(vs_find_cuda)
  set(VS_CUDA_BUILT FALSE)
  set(VS_CUDA_WHY_NOT "VS_CUDA is OFF")
  if(NOT VS_CUDA STREQUAL OFF)
    find_program(VS_NVCC nvcc HINTS $ENV{CUDACXX} $ENV{CUDA_HOME}/bin $ENV{CUDA_PATH}/bin PATHS /usr/local/cuda/bin)
    set(_release "")
    if(VS_NVCC)
      execute_process(COMMAND ${VS_NVCC} --version OUTPUT_VARIABLE _release ERROR_QUIET)
      string(REGEX MATCH "release ([0-9]+)\\.([0-9]+)" _release "${_release}")
      set(_release ${CMAKE_MATCH_1})
    endif()
    # LibTorch's headers are written for the CUDA that it is linked to.
    file(GLOB _runtime ${LibTorch_ROOT_DIR}/../nvidia/*/lib/libcudart.so.* ${LibTorch_ROOT_DIR}/lib/libcudart*.so.*)
    string(REGEX MATCH "libcudart[^/]*\\.so\\.([0-9]+)" _runtime "${_runtime}")
    set(_wanted ${CMAKE_MATCH_1})
    if(NOT VS_NVCC)
      set(VS_CUDA_WHY_NOT "nvcc is not there (PATH, CUDACXX, CUDA_HOME, /usr/local/cuda)")
    elseif(NOT EXISTS ${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so)
      set(VS_CUDA_WHY_NOT "${LibTorch_ROOT_DIR} is a LibTorch for the CPU alone")
    elseif(_wanted AND NOT _release STREQUAL _wanted)
      set(VS_CUDA_WHY_NOT "${VS_NVCC} is of CUDA ${_release}, LibTorch of CUDA ${_wanted}")
    else()
      set(VS_CUDA_BUILT TRUE)
    endif()
    if(VS_CUDA STREQUAL ON AND NOT VS_CUDA_BUILT)
      message(FATAL_ERROR "VS_CUDA=ON, but ${VS_CUDA_WHY_NOT}")
    endif()
  endif()
  if(VS_CUDA_BUILT)
    set(CMAKE_CUDA_COMPILER ${VS_NVCC})
    set(CMAKE_CUDA_ARCHITECTURES ${VS_CUDA_ARCHITECTURES})
    # One runtime in the process: that of LibTorch, which the loader finds by its name.
    set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
    enable_language(CUDA)
    # Or packages' headers in /usr/include would be looked up before those that theirs go on to.
    list(APPEND CMAKE_CUDA_IMPLICIT_INCLUDE_DIRECTORIES ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
    # CMake 3.25 does not know that this nvcc compiles it.
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA_STANDARD_LATEST 20)
    set(CMAKE_CUDA_STANDARD 20)
    set(CMAKE_CUDA_EXTENSIONS OFF)
    message(STATUS "libvscuda.so: built by ${VS_NVCC} for ${VS_CUDA_ARCHITECTURES}")
    add_library(LibTorch::c10_cuda SHARED IMPORTED)
    set_target_properties(LibTorch::c10_cuda PROPERTIES IMPORTED_LOCATION ${LibTorch_ROOT_DIR}/lib/libc10_cuda.so)
    add_library(LibTorch::cuda SHARED IMPORTED)
    # Linked to libraries that only a machine with a GPU needs (cuDNN and so on).
    set_target_properties(LibTorch::cuda PROPERTIES
      IMPORTED_LOCATION ${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so
      INTERFACE_LINK_LIBRARIES "LibTorch::cpu;LibTorch::c10_cuda"
      INTERFACE_LINK_OPTIONS "-Wl,--allow-shlib-undefined,--unresolved-symbols=ignore-in-shared-libs")
  else()
    message(STATUS "libvscuda.so: not built: ${VS_CUDA_WHY_NOT}")
  endif()
endmacro()
