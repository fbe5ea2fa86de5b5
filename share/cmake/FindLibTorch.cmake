# The CPU half of LibTorch as the target LibTorch::cpu.
#
# find_package(Torch) of a CUDA build asks for a CUDA toolkit, also where only its CPU half is wanted; this module looks
# at the files themselves. Order: Torch_DIR or CMAKE_PREFIX_PATH (a LibTorch or a site-packages/torch), the torch that
# python3 would import, .deps/libtorch/torch (share/fetch-libtorch.sh). Sets LibTorch_ROOT_DIR and LibTorch_VERSION.
# As a script (cmake -P, in the root, LibTorch_FIND_REQUIRED set) it only looks: that is how fetch-libtorch.sh asks.
set(_candidates)
if(Torch_DIR)
  list(APPEND _candidates ${Torch_DIR}/../../..)
endif()
if(DEFINED ENV{Torch_DIR})
  list(APPEND _candidates $ENV{Torch_DIR}/../../..)
endif()
string(REPLACE ":" ";" _prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(_prefix IN LISTS CMAKE_PREFIX_PATH _prefixes)
  list(APPEND _candidates ${_prefix} ${_prefix}/../..)
endforeach()
find_program(_python3 python3)
if(_python3)
  execute_process(
    COMMAND ${_python3} -c "import importlib.util, os; s = importlib.util.find_spec('torch'); print(os.path.dirname(s.origin) if s and s.origin else '')"
    OUTPUT_VARIABLE _imported OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  list(APPEND _candidates ${_imported})
endif()
list(APPEND _candidates ${CMAKE_SOURCE_DIR}/.deps/libtorch/torch)

unset(LibTorch_ROOT_DIR)
foreach(_candidate IN LISTS _candidates)
  if(NOT EXISTS ${_candidate}/lib/libtorch_cpu.so OR NOT EXISTS ${_candidate}/include/torch/headeronly/version.h)
    continue()
  endif()
  file(STRINGS ${_candidate}/include/torch/headeronly/version.h _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" _numbers "${_lines}")
  string(REPLACE ";" "." _version "${_numbers}")
  # Wheels before 2.7 have the old C++ ABI, and what vs calls is checked with 2.11.
  if(_version VERSION_LESS 2.11)
    message(STATUS "LibTorch ${_version} in ${_candidate} is too old (2.11 is needed)")
    continue()
  endif()
  get_filename_component(LibTorch_ROOT_DIR ${_candidate} REALPATH)
  set(LibTorch_VERSION ${_version})
  break()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run share/fetch-libtorch.sh, or give Torch_DIR")

if(LibTorch_FOUND AND NOT CMAKE_SCRIPT_MODE_FILE AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_ROOT_DIR}/lib/libc10.so)
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION ${LibTorch_ROOT_DIR}/lib/libtorch_cpu.so
    # After the system's folders: LibTorch brings copies of headers (fmt) that must not hide those we link to.
    INTERFACE_COMPILE_OPTIONS "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter ${LibTorch_ROOT_DIR}/include>"
    # Its objects have other members where NDEBUG is not set, as in a Debug build of ours; its libraries are built with it.
    INTERFACE_COMPILE_DEFINITIONS $<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:NDEBUG>
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
endif()
