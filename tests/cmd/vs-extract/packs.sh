#!/bin/bash
# Frames packs.
source "$(dirname "$0")/lib_extract.sh"

for format in jpeg png raw raw-gray; do
  "$extract" -q -o $format.h5 --format $format --num-frames 8 --size 64x48 "$videos/bbb_720p.mp4" "$videos/h264.ts"
  [[ -s $format.h5 && -s $format.h5.manifest.json ]] || fail "pack and manifest of $format"
  equal 0 "$(find . -name '.*' -type f | wc -l)" "nothing else is left"
done
grep -q '"path": "raw.h5"' raw.h5.manifest.json || fail "the manifest names the pack"
grep -q "$(sha256sum raw.h5 | cut -d' ' -f1)" raw.h5.manifest.json || fail "the manifest has the pack's hash"
status 2 "$extract" -o raw.h5 --format raw "$videos/low_fps_1.mp4"
says "raw.h5: exists"
status 1 "$extract" -o bad.h5 "$videos/low_fps_1.mp4" "$videos/not_a_video.mp4"
[[ -s bad.h5 ]] || fail "a pack of the good ones"

# The same frames as in folders and streams.
if python3 -c 'import h5py' 2>/dev/null; then
  "$extract" -q -o folder --num-frames 8 --size 64x48 "$videos/bbb_720p.mp4" "$videos/h264.ts"
  "$extract" -q -o - --num-frames 8 --size 64x48 "$videos/bbb_720p.mp4" "$videos/h264.ts" >stream
  python3 - <<'P' || fail "packs differ from folders"
import h5py, glob
pack = h5py.File('jpeg.h5')
assert pack.attrs['schema'] == 'vs.frames/1' and pack.attrs['complete'] == 1
ids = [i.decode() for i in pack['video_id'][:]]
assert ids == ['bbb_720p', 'h264']
assert list(pack['offsets'][:]) == [0, 8, 16]
assert list(pack['frame_index'][:8]) == [8, 24, 41, 57, 74, 90, 107, 123]
ends = pack['frame_offsets'][:]
frames = [pack['data'][ends[k]:ends[k + 1]].tobytes() for k in range(16)]
files = [open(f, 'rb').read() for v in ids for f in sorted(glob.glob(f'folder/{v}/*'))]
assert frames == files
assert h5py.File('raw.h5')['data'][:].tobytes() == open('stream', 'rb').read()
assert abs(pack['time_s'][1] - 0.96) < 1e-9
P
else
  echo "not checked: the pack's content (python3 has no h5py)"
fi
echo ok
