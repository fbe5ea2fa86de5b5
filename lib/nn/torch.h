// The one precompiled header of libvsnn: tensors and their operations. torch/torch.h costs three times as much.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
