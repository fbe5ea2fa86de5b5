# Goldens where networks have kernels of their own: on a GPU, and with the kernels emulated on the CPU. A build without
# HDF5 reads the cases that share/pack-for-gpu.sh packs.
if(VS_MEDIA)
  file(GLOB device_cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cases/*/*.h5)
  set(form h5)
else()
  set(VS_PACKED_CASES ${CMAKE_SOURCE_DIR}/.deps/golden CACHE PATH "golden cases, packed by share/pack-for-gpu.sh")
  file(GLOB device_cases CONFIGURE_DEPENDS ${VS_PACKED_CASES}/*/*.safetensors)
  set(form safetensors)
endif()

# Small cases of each operation that has a kernel, alone and in a network.
set(emulated_cases "")
foreach(case adafocus/patch_crop adafocus/patch_crop_clip adafocus/sth_shift mgsampler/temporal_shift)
  set(files ${device_cases})
  list(FILTER files INCLUDE REGEX "/${case}\\.${form}$")
  list(APPEND emulated_cases ${files})
endforeach()

function(vs_device_test name program)
  if(ARGN)
    add_test(NAME ${name} COMMAND ${program} ${ARGN})
    # Programs look for libvscuda.so beside themselves.
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT VS_PLUGIN_DIR=${CMAKE_BINARY_DIR})
  else()
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: no cases here: share/pack-for-gpu.sh packs them")
    set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:")
  endif()
endfunction()

vs_device_test(gpu/golden-emulated vs-golden-emulated ${emulated_cases})
if(VS_CUDA_BUILT)
  add_dependencies(vs-golden vscuda)
  if(device_cases)
    list(PREPEND device_cases --device cuda)
  endif()
  vs_device_test(gpu/golden vs-golden ${device_cases})
endif()
