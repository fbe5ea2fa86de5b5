#!/bin/bash
# Checkpoints: what is reported, what is refused, heads of another class count, export.
source "$(dirname "$0")/lib_flops.sh"

# safetensors FILE NAME SHAPE...: tensors of zeros, float32; SHAPE as 10,512
safetensors() {
  local file=$1 header="" end=0 begin name size
  shift
  while (($#)); do
    name=$1 begin=$end
    size=$((4 * ${2//,/*}))
    end=$((begin + size))
    header+="${header:+, }\"$name\": {\"dtype\": \"F32\", \"shape\": [$2], \"data_offsets\": [$begin, $end]}"
    shift 2
  done
  header="{$header}"
  while ((${#header} % 8)); do header+=" "; done
  {
    # The length of the header, eight bytes, lowest first.
    local length=${#header} bytes="" i
    for ((i = 0; i < 8; ++i)); do
      bytes+=$(printf '\\x%02x' $((length >> (8 * i) & 255)))
    done
    printf '%b' "$bytes"
    printf '%s' "$header"
    head -c "$end" /dev/zero
  } >"$file"
}

model='{"type": "Recognizer2D", "backbone": {"type": "ResNet", "depth": 18},
        "cls_head": {"type": "TSNHead", "num_classes": 10, "in_channels": 512}}'
net=(--model "$model" --shape 1,3,64,64 --depth 0)
safetensors head.safetensors cls_head.fc_cls.weight 10,512 cls_head.fc_cls.bias 10 other.weight 2,3
safetensors stem.safetensors conv1.weight 64,3,7,7 bn1.weight 64
safetensors other.safetensors encoder.weight 3,3

# Missing tensors are an error that names some; nothing goes to standard output.
status 1 "$flops" "${net[@]}" --weights head.safetensors
says "tensors missing: backbone.conv1.conv.weight"
says "(--partial lists what may be missing)"
equal 1 "$(grep -c 'error:' stderr)" "error lines"
[[ ! -s stdout ]] || fail "a refused checkpoint prints something"
status 1 "$flops" "${net[@]}" --weights other.safetensors
says "no tensor fits"
status 1 "$flops" "${net[@]}" --weights other.safetensors --partial '*'
says "other.safetensors: no tensor fits"

# What may be missing; the report; the document.
status 0 "$flops" "${net[@]}" --weights head.safetensors --partial 'backbone.*'
says "head.safetensors: 2 of 122 tensors loaded"
says "unexpected: other.weight"
status 0 "$flops" "${net[@]}" --weights head.safetensors --partial 'backbone.conv1.*,backbone.layer?.*' --json
has '"path": "head.safetensors"'
has '"format": "safetensors"'
has '"names": "names as they are"'
has '"matched": 2'
has '"other.weight"'
status 0 "$flops" "${net[@]}" --weights head.safetensors --partial 'backbone.*' --inflate --verbose
says "matched: cls_head.fc_cls.bias"
status 2 "$flops" "${net[@]}" --weights head.safetensors --partial 'neck.*'
says "neck.*: fits no tensor of the network"
status 2 "$flops" "${net[@]}" --weights none.pth
says "none.pth"

# Several files; names by a map, and by one that is named.
status 0 "$flops" "${net[@]}" --weights head.safetensors --weights stem.safetensors --partial 'backbone.*'
says "head.safetensors: 2 of 122 tensors loaded"
says "stem.safetensors: 2 of 120 tensors loaded"
says "names mapped by torchvision-resnet to backbone."
status 0 "$flops" "${net[@]}" --weights head.safetensors --name-map none --weights stem.safetensors \
  --name-map torchvision-resnet@backbone. --partial 'backbone.*'
status 1 "$flops" "${net[@]}" --weights head.safetensors --weights head.safetensors --partial 'backbone.*'
says "gives nothing that the files before it lack"
status 2 "$flops" "${net[@]}" --weights head.safetensors --name-map torchvision-resnt --partial 'backbone.*'
says "nearest is torchvision-resnet"
status 2 "$flops" "${net[@]}" --weights head.safetensors --classifier-index 3 --partial 'backbone.*'
says "classifier_index"

# Another class count: an error, unless the head is a new one.
seven=(--set model.cls_head.num_classes=7)
status 1 "$flops" "${net[@]}" "${seven[@]}" --weights head.safetensors --partial 'backbone.*'
says "2 of another shape: cls_head.fc_cls.weight [10, 512] instead of [7, 512]"
status 0 "$flops" "${net[@]}" "${seven[@]}" --weights stem.safetensors --partial 'backbone.*' --new-head
says "head left to be initialised: cls_head.fc_cls.weight, cls_head.fc_cls.bias"

# Export: what was loaded under the model's names, beside a manifest; loaded again it gives the same.
status 0 "$flops" "${net[@]}" --weights stem.safetensors --partial 'backbone.*,cls_head.*' --export out.safetensors
says "that no file gave are left out"
[[ -s out.safetensors && -s out.safetensors.manifest.json ]] || fail "no export"
grep -aq '"backbone.conv1.conv.weight"' out.safetensors || fail "names of the export"
grep -aq 'vs.sources.*stem.safetensors' out.safetensors || fail "metadata of the export"
grep -q "$(sha256sum <out.safetensors | cut -d' ' -f1)" out.safetensors.manifest.json || fail "hash in the manifest"
status 0 "$flops" "${net[@]}" --weights out.safetensors --partial 'backbone.*,cls_head.*'
says "names as they are"
status 2 "$flops" "${net[@]}" --weights stem.safetensors --partial 'backbone.*,cls_head.*' --export out.safetensors
says "out.safetensors: exists (--force replaces it)"
status 0 "$flops" "${net[@]}" --weights stem.safetensors --partial '*' --export out.safetensors -f
status 2 "$flops" "${net[@]}" --weights stem.safetensors --partial '*' --export nowhere/out.safetensors
says "nowhere/"
status 2 "$flops" "${net[@]}" --weights stem.safetensors --partial '*' --export out.pth
status 2 "$flops" "${net[@]}" --export out2.safetensors
says "--weights"
status 0 "$flops" "${net[@]}" --weights stem.safetensors --partial '*' --latency --runs 2 --threads 1
has "forward of 1 video"

if mkdir small && mount -t tmpfs -o size=16k tmpfs small 2>/dev/null; then
  status 2 "$flops" "${net[@]}" --weights stem.safetensors --partial '*' --export small/out.safetensors
  says "No space left"
  left=$(ls -A small)
  umount small
  equal "" "$left" "what a full disk leaves"
fi
