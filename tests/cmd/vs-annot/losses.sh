#!/bin/bash
# What a conversion loses is said; what a format has of its own comes back.
source "$(dirname "$0")/lib_annot.sh"

cat >net.json <<'END'
{
  "version": "VERSION 1.3",
  "taxonomy": [{"nodeName": "Z", "nodeId": 1}],
  "database": {
    "b": {
      "duration": 10.5, "subset": "training", "resolution": "320x240", "url": "https://example.org/b",
      "annotations": [{"segment": [1.5, 3.0], "label": "Z"}, {"segment": [4.0, 5.0], "label": "A"}]
    },
    "a": {"duration": 3.0, "subset": "testing", "resolution": "1x1", "url": "u", "annotations": []}
  }
}
END
same_json() { python3 -c 'import json,sys; sys.exit(json.load(open(sys.argv[1])) != json.load(open(sys.argv[2])))' "$@"; }
status 0 "$annot" convert net.json --to activitynet-json
equal "" "$(cat stderr)" "nothing is lost"
mv out back.json
status 0 "$annot" convert net.json -o net.h5
status 0 "$annot" convert net.h5 --to activitynet-json
equal "" "$(cat stderr)" "nothing is lost on the way through vs.annotations/1"
cmp out back.json || fail "vs.annotations/1 lost something"
if command -v python3 >/dev/null; then same_json back.json net.json || fail "the round trip changed the file"; fi
grep -q '"url": "https://example.org/b"' back.json || fail "no url"
grep -q '"taxonomy"' back.json || fail "no taxonomy"

status 0 "$annot" convert net.json --to videos --extension .mp4 --subset train
printed 'v_b.mp4 1 0'
for kind in '`url`' '`resolution`' 'a duration' 'segments in seconds'; do
  says "videos: 1 record has $kind, which it cannot hold: left out (first: v_b)"
done
says 'videos: the class names cannot be held: left out'
equal 7 "$(wc -l <stderr)" "one line a kind"
status 0 "$annot" convert net.json --to videos --extension .mp4 --subset train --quiet
equal "" "$(cat stderr)" "--quiet"
status 0 "$annot" convert --multi-class - <<<'v 12 4 4 2'
says 'rawframes: 1 record has repeated labels, not kept (first: v)'

printf 'label,youtube_id,time_start,time_end,split,is_cc\nair drumming,a,20,30,train,0\n' >k.csv
status 0 "$annot" convert k.csv
equal "$(cat k.csv)" "$(cat out)" "the label as it was written"
equal "" "$(cat stderr)" "nothing is lost"

# HMDB51: a file a class.
printf 'x.avi 1\ny.avi 2\nz.avi 0\n' >Archery_test_split1.txt
printf 'w.avi 1\n' >Bowling_test_split1.txt
printf 'Archery\nBowling\n' >names
status 0 "$annot" merge Archery_test_split1.txt Bowling_test_split1.txt --classes names -o all.h5
says 'annotations: 1 record has the mark 0 (unused), not kept (first: z.avi)'
status 0 "$annot" convert all.h5 --to hmdb51 -o 'h/{}_test_split1.txt'
equal "$(head -n 2 Archery_test_split1.txt)" "$(cat h/Archery_test_split1.txt)" "HMDB51"
equal 'w.avi 1' "$(cat h/Bowling_test_split1.txt)" "HMDB51, another class"
mkdir set
cp Archery_test_split1.txt Bowling_test_split1.txt set
status 0 "$annot" convert set --dataset hmdb51 --to hmdb51 -o 'g/{}_test_split1.txt'
equal 1 "$(grep -c 'mark 0' stderr)" "one line for all files"
status 1 "$annot" convert all.h5 --to hmdb51
says 'write one file a class'

# Mini-Kinetics lists are known by their blanks.
printf 'abseiling/a b 100 3\nx 5 1\n' >minik.txt
status 0 "$annot" convert minik.txt
equal "$(cat minik.txt)" "$(cat out)" "minik-list"
printf '\xff\xfea\0 \0001\0\n\0' >wide.txt
status 1 "$annot" convert wide.txt
says 'wide.txt: is text in UTF-16'
