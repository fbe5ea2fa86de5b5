# Goldens where networks have kernels of their own, or are not on the CPU: on a GPU, and in its place with the kernels
# emulated, and on a device that LibTorch takes for another one. A build without HDF5 reads the cases that
# share/pack-for-gpu.sh packs.
if(VS_MEDIA)
  file(GLOB device_cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cases/*/*.h5)
  set(form h5)
else()
  set(VS_PACKED_CASES ${CMAKE_SOURCE_DIR}/.deps/golden CACHE PATH "golden cases, packed by share/pack-for-gpu.sh")
  file(GLOB device_cases CONFIGURE_DEPENDS ${VS_PACKED_CASES}/*/*.safetensors)
  set(form safetensors)
endif()

# Those of the cases whose names match: quick ones.
function(vs_choose_cases out pattern)
  set(chosen ${device_cases})
  list(FILTER chosen INCLUDE REGEX "/(${pattern})\\.${form}$")
  set(${out} ${chosen} PARENT_SCOPE)
endfunction()
# Of each operation that has a kernel, alone, in a network and in training.
string(CONCAT of_kernels
  "adafocus/(patch_crop|patch_crop_clip|sth_shift|train_policy)|"
  "drca/(bb_diff_sal_ref_k2|dccm_diff_sal_ref|perturbed_fn|perturbed_fn_sigma0|rank_diff|rank_wo_diff|retrieval_train|"
  "train_diff_sal_ref|uniform_sample)|"
  "mgsampler/(temporal_shift|tsm_r18_block)|ocsampler/temporal_shift|reskd/temporal_shift")
vs_choose_cases(emulated_cases "${of_kernels}")
# Of each system and each kind of checker.
string(CONCAT of_systems
  "adafocus/(policy_stn|test_mbv2|train_classifier)|"
  "drca/((bb|comp|dccm|layer|loss|score_net|sim_head)_.*|drop_path|recognizer_test|retrieval_embed|train_plain)|"
  "mgsampler/train_step|ocsampler/(heads|policy.*|resize_nearest|sampler_probs|set_log_prob)|"
  "reskd/(classification_loss|kd_losses|rkd_resample|rkd_slowonly_step|rkd_tsm_step|swin_clamped|swin_droppath)")
vs_choose_cases(fake_cases "${of_kernels}|${of_systems}")

function(vs_device_test name program)
  if(ARGN)
    add_test(NAME ${name} COMMAND ${program} ${ARGN})
    # Programs look for libvscuda.so beside themselves; tests run side by side.
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77
      ENVIRONMENT "VS_PLUGIN_DIR=${CMAKE_BINARY_DIR};OMP_NUM_THREADS=1")
  else()
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: no cases here: share/pack-for-gpu.sh packs them")
    set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:")
  endif()
endfunction()

vs_device_test(gpu/golden-emulated vs-golden-emulated ${emulated_cases})
vs_device_test(gpu/golden-fake vs-golden-fake ${fake_cases})
if(VS_CUDA_BUILT)
  if(device_cases)
    list(PREPEND device_cases --device cuda)
  endif()
  vs_device_test(gpu/golden vs-golden ${device_cases})
endif()
