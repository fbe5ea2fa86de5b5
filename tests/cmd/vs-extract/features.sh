#!/bin/bash
# Features of networks: what is in the file, clips, errors of the library and of what it is asked for.
source "$(dirname "$0")/lib_extract.sh"
weights=$(cd "$(dirname "$0")/../../golden/cases/weights" && pwd)
annot=$build/vs-annot

recipe() { # NAME SHAPE MODEL
  printf '{"schema": "vs.recipe/1", "name": "%s", "title": "%s", "input": {"shape": %s}, "model": %s}\n' "$1" "$1" "$2" "$3" >"$1.json"
}
recipe frames '[3, 3, 64, 64]' '{"type": "Recognizer2D", "backbone": {"type": "ResNet", "depth": 18, "base_channels": 16},
  "cls_head": {"type": "TSNHead", "in_channels": 128, "num_classes": 5}}'
recipe clips '[1, 3, 4, 32, 32]' '{"type": "Recognizer3D",
  "backbone": {"type": "ResNet3dSlowOnly", "depth": 18, "base_channels": 16, "conv1_kernel": [1, 7, 7], "inflate": [0, 0, 1, 1]},
  "cls_head": {"type": "I3DHead", "in_channels": 128, "num_classes": 5}}'
recipe windows '[1, 3, 4, 32, 32]' '{"type": "Recognizer3D",
  "backbone": {"type": "SwinTransformer3D", "patch_size": [2, 4, 4], "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4],
    "window_size": [2, 4, 4], "patch_norm": true},
  "cls_head": {"type": "I3DHead", "in_channels": 32, "num_classes": 5}}'
recipe shifted '[4, 3, 32, 32]' '{"type": "Recognizer2D", "backbone": {"type": "ResNetTSM", "depth": 18, "base_channels": 16, "num_segments": 4},
  "cls_head": {"type": "TSMHead", "in_channels": 128, "num_classes": 5, "num_segments": 4}}'
# Systems: what of them looks at frames.
recipe chosen '[6, 3, 32, 32]' '{"type": "Sampler2DRecognizer3D", "num_segments": 4, "use_sampler": true,
  "sampler": {"type": "MobileNetV2TSM", "num_segments": 6, "total_segments": 6, "is_sampler": true},
  "backbone": {"type": "ResNet3dSlowOnly", "depth": 18, "base_channels": 16, "conv1_kernel": [1, 7, 7], "inflate": [0, 0, 1, 1]},
  "cls_head": {"type": "I3DHead", "in_channels": 128, "num_classes": 5}}'
recipe taught '[3, 3, 64, 64]' '{"type": "Recognizer2D", "backbone": {"type": "RKD", "low_img_res": [32, 32],
    "low_res_cfg": {"type": "ResNet", "depth": 18, "base_channels": 16}, "high_res_cfg": {"type": "ResNet", "depth": 34}},
  "cls_head": {"type": "RKD2DHead", "in_channels": 128, "num_classes": 5}}'
recipe guided '[1, 3, 4, 32, 32]' "{\"type\": \"MGSampler\", \"motion\": {\"method\": \"ssim\", \"size\": [32, 32]},
  \"recognizer\": $(sed 's/.*"model": //; s/}$//' <(tr -d '\n' <clips.json))}"
recipe focused '[4, 3, 224, 224]' '{"type": "AdaFocusV2", "num_segments": 4, "num_classes": 5, "patch_size": 32, "stn_hidden_dim": 8}'
recipe glancing '[5, 3, 224, 224]' '{"type": "AdaFocusV2Clip", "num_segments": 2, "num_classes": 5, "patch_size": 32}'
of() { local name=$1; shift; "$extract" --features ./"$name".json --untrained "$@"; }
set -- "$videos/h264.ts" "$videos/mpeg4_bframes.avi" "$videos/all_intra.mp4"

# The same bytes for any number of jobs; batches of 8 and one of 2.
of frames -q -o one.h5 --jobs 1 --num-frames 10 "$@"
of frames -q -o four.h5 --jobs 4 --num-frames 10 "$@"
cmp one.h5 four.h5 || fail "files of 1 and 4 jobs differ"
of clips -q -o clips.h5 --jobs 1 --every 4 --clip-stride 2 --frame-interval 2 "$@"
of clips -q -o clips4.h5 --jobs 4 --every 4 --clip-stride 2 --frame-interval 2 "$@"
cmp clips.h5 clips4.h5 || fail "clips of 1 and 4 jobs differ"
of windows -q -o windows.h5 --jobs 4 --num-frames 8 --layer backbone.layers.0 --batch 8 "$@"
of frames -q -o half.h5 --num-frames 10 --dtype float16 "$@"
of frames -q -o maps.h5 --num-frames 2 --layer backbone.layer3 --pool none --crop 48 --short-side 60 "$@"
of shifted -q -o groups.h5 --num-frames 8 "$@"
of chosen -q -o chosen.h5 --num-frames 8 "$@"
of taught -q -o taught.h5 --num-frames 2 "$@"
of guided -q -o guided.h5 --jobs 1 --every 4 --clip-stride 2 --frame-interval 2 "$@"
of focused -q -o focused.h5 --num-frames 4 "$1"
of focused -q -o glance.h5 --num-frames 3 --layer global_CNN "$1"
of glancing -q -o glancing.h5 --num-frames 4 "$1"
of frames -q -o seed.h5 --seed 9 --num-frames 10 "$@"
cmp -s one.h5 seed.h5 && fail "the seed changes nothing"
equal 0 "$(find . -name '.*' -type f | wc -l)" "nothing else is left"
grep -q '"path": "./frames.json"\|"path": "frames.json"' one.h5.manifest.json || fail "the manifest names the recipe: $(cat one.h5.manifest.json)"
grep -q "$(sha256sum one.h5 | cut -d' ' -f1)" one.h5.manifest.json || fail "the manifest has the file's hash"

if python3 -c 'import h5py, numpy' 2>/dev/null; then
  python3 - <<'P' || fail "the files hold something else"
import h5py, numpy
f = h5py.File('one.h5')
assert f.attrs['schema'] == 'vs.features/1' and f.attrs['complete'] == 1
assert (f.attrs['recipe'], f.attrs['layer'], f.attrs['weights_sha256']) == ('frames', '', '')
assert [v.decode() for v in f['video_id'][:]] == ['h264', 'mpeg4_bframes', 'all_intra']
assert list(f['offsets'][:]) == [0, 10, 20, 30]
assert f['features'].shape == (30, 128) and f['features'].dtype == numpy.float32
assert f['features'][:].std() > 0 and (f['features'][0] != f['features'][9]).any()
index = f['frame_index'][:10]
assert (numpy.diff(index) > 0).all() and (numpy.diff(f['time_s'][:10]) > 0).all()
half = h5py.File('half.h5')['features']
assert half.dtype == numpy.float16 and (half[:] == f['features'][:].astype(numpy.float16)).all()
maps = h5py.File('maps.h5')
assert maps['features'].shape == (6, 64, 3, 3) and maps.attrs['layer'] == 'backbone.layer3'
c = h5py.File('clips.h5')
at = c['frame_index'][:c['offsets'][1]]
assert (numpy.diff(at) == 8).all() and at[0] == 0   # every 4th frame, every 2nd of those
assert h5py.File('windows.h5')['features'].shape == (6, 32)
g = h5py.File('groups.h5')
assert g['features'].shape == (24, 128) and list(g['offsets'][:]) == [0, 8, 16, 24]
assert h5py.File('chosen.h5')['features'].shape == (6, 128)   # two clips of four frames
assert h5py.File('taught.h5')['features'].shape == (6, 128)
assert (h5py.File('guided.h5')['features'][:] == c['features'][:]).all()   # of the same network
focused, glance = h5py.File('focused.h5'), h5py.File('glance.h5')
assert focused['features'].shape == (4, 1280 + 2048) and glance['features'].shape == (3, 1280)
assert (numpy.diff(focused['frame_index'][:]) > 0).all()
assert h5py.File('glancing.h5')['features'].shape == (4, 1280)
P
else
  echo "not checked: the files' content (python3 has no h5py)"
fi

# SIGKILL again and again, until it is done.
kills=0
for try in $(seq 100); do
  # The program itself, not the function: a kill of its shell would leave it running.
  "$extract" --features ./frames.json --untrained -q -o got.h5 --jobs 2 --num-frames 10 "$@" 2>stderr &
  child=$!
  # The first kill comes as soon as there is a journal, later ones at any moment after.
  while [[ ! -e .got.h5.partial.log && ! -e got.h5 ]] && kill -0 $child 2>/dev/null; do sleep 0.01; done
  ((try == 1)) || sleep "$(awk -v r=$RANDOM -v t="$try" 'BEGIN {print r / 32768 * (0.3 + 0.2 * t)}')"
  if kill -KILL $child 2>/dev/null; then kills=$((kills + 1)); fi
  code=0
  wait $child 2>/dev/null || code=$?
  # A kill can come when all is done, while the network is taken down.
  if [[ $code == 137 && -e got.h5 && ! -e .got.h5.partial.log ]]; then code=0; fi
  [[ $code == 137 ]] || break
done
[[ $code == 0 ]] || fail "exit code $code after $kills kills: $(cat stderr)"
((kills > 0)) || fail "no run was killed"
cmp one.h5 got.h5 || fail "the file of killed runs differs"

# Shards join to the file of one run.
for i in 0 1 2; do of frames -q -o part.h5 --shard $i/3 --num-frames 10 "$@"; done
status 0 "$annot" merge part-0000{1,2,0}-of-00003.h5 -o joined.h5
cmp one.h5 joined.h5 || fail "joined features differ from those of one run"
# Processes that torchrun, srun or mpirun started take their parts by themselves.
ranks=()
for rank in 0 1; do
  RANK=$rank WORLD_SIZE=2 of frames -q -o rank.h5 --shard auto --num-frames 10 "$@" &
  ranks+=($!)
done
for child in "${ranks[@]}"; do wait "$child" || fail "a rank failed"; done
status 0 "$annot" merge rank-0000{0,1}-of-00002.h5 -o ranks.h5
cmp one.h5 ranks.h5 || fail "joined features of ranks differ from those of one run"
status 1 "$annot" merge one.h5 seed.h5 -o no.h5
says 'made in another way than one.h5'

# What a run would do.
of frames --dry-run --json -o no.h5 --num-frames 10 "$@" >estimate
grep -q '"bytes": 15360' estimate || fail "estimate: $(cat estimate)"
of frames --json -o json.h5 --num-frames 2 "$1" 2>stderr >document
grep -q '"rows": 2' document || fail "document: $(cat document)"

# Items that fail.
status 1 of shifted -q -o odd.h5 --num-frames 7 "$1"
says 'h264: 7 frames are chosen, the network looks at 4 at a time (use --num-frames 4)'
status 1 of focused -q -o few.h5 --num-frames 3 "$1"
says 'h264: 3 frames are chosen, the network looks at 4 at a time (use --num-frames 4)'
status 1 of frames -q -o bad.h5 --num-frames 2 "$1" "$videos/not_a_video.mp4"
[[ -s bad.h5 ]] || fail "a file of the good ones"

# Wrong use: nothing is written.
status 2 of frames -o no.h5 --layer backbone.layr3 "$1"
says 'error: --layer backbone.layr3: is no layer of this network (did you mean backbone.layer3?)'
status 2 of glancing -o no.h5 --layer local_CNN "$1"
says 'error: --layer local_CNN: looks at patches of other frames than the glance does (take a layer of global_CNN)'
status 2 "$extract" --features mgsampler_motion_ssim --untrained -o no.h5 "$1"
says 'error: model.recognizer: is missing: what chooses frames gives no features'
status 2 of frames -o no.h5 --layer backbone.layer3 --set model.backbone.depth=19 "$1"
says 'no ResNet has 19 layers'
status 2 "$extract" --features frames.json -o no.h5 "$1"
says '--features: needs the weights of the network (give --weights FILE, or --untrained to try)'
status 2 "$extract" --features frames.json --weights none.pth --inflate -o no.h5 "$1"
status 2 "$extract" --features frames.json --weights "$weights/legacy_state_dict.pth" -o no.h5 "$1"
says "error: --weights $weights/legacy_state_dict.pth: "
status 2 "$extract" --features frames.json --weights "$weights/truncated_zip.pth" -o no.h5 "$1"
says "error: --weights $weights/truncated_zip.pth: "
status 2 "$extract" --features tsn_r5 --untrained -o no.h5 "$1"
says '--features tsn_r5: is no recipe'
status 2 of frames -o folder "$1"
says 'give a name that ends in .h5'
status 2 of frames -o no.h5 --crop 400 --short-side 300 "$1"
says '--short-side: 300 is less than the 400 pixels that are cut out'
status 2 of frames -o no.h5 --clip-stride 4 "$1"
says '--clip-stride: only for networks that take clips'
for idle in '--quality 90' '--format png' '--size 32x32' '--layout ava' '--probe'; do
  # shellcheck disable=SC2086
  status 2 of frames -o no.h5 $idle "$1"
done
status 2 "$extract" -o no.h5 --layer backbone "$1"
says '--features'
[[ ! -e no.h5 && -z $(find . -name '*partial*') ]] || fail "something was written"

# Without the library, and with one of another version.
mkdir -p alone/bin
cp "$extract" alone/bin/
status 2 alone/bin/vs-extract --features frames.json --untrained -o no.h5 "$1"
says 'error: --features: needs libvsnn.so, which is not in '
says 'alone/lib/vs'
says '(install it, or set VS_PLUGIN_DIR to its folder)'
VS_PLUGIN_DIR=$build status 0 alone/bin/vs-extract -q --features frames.json --untrained -o yes.h5 --num-frames 2 "$1"
if command -v cc >/dev/null; then
  mkdir old
  printf 'struct table { int v; const char* p; void* f; } t = {0, "0.0.1", 0};\nconst struct table* vs_plugin_table(void) { return &t; }\n' >old.c
  cc -shared -fPIC -o old/libvsnn.so old.c
  VS_PLUGIN_DIR=$PWD/old status 2 "$extract" --features frames.json --untrained -o no.h5 "$1"
  says 'old/libvsnn.so is of vs 0.0.1 (interface 0), this program of vs '
else
  echo "not checked: a library of another version (no cc)"
fi
echo ok
