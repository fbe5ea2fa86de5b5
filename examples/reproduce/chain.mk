# The chain, with all files below the working folder: raw videos are looked at, their frames are extracted in parts by
# several processes, and everything after that reads the frames.
PARTS ?= 4
QUALITY ?= 95
# One thread a process: make -j runs several of them.
THREADS ?= 1
INPUT := frames.h5
LIST := .checked.txt
here := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
all:
include $(here)../bursts/experiments.mk

.PHONY: videos frames
videos: $(data_sets:%=%/list.txt)
frames: $(data_sets:%=%/frames.h5)

# Lists of the videos that can be read, and all of them as one; what cannot is in *.check.json, with a reason.
%/list.txt: %/truth.json
	for split in $$(cd $* && ls train.txt val.txt 2>/dev/null); do \
	  name=$*/$${split%.txt}; \
	  vs-annot check --quiet --json --data-prefix $*/videos $$name.txt >$$name.check.json || test $$? = 1 || exit; \
	  vs-annot filter --quiet --data-prefix $*/videos --drop $$name.check.json --force -o $$name$(LIST) $$name.txt || exit; \
	done
	cut -d' ' -f1 $*/*$(LIST) | sed 's|^|$*/videos/|' | sort >$@

# A part is done by one process, on this machine or on another one: parts that ../pipelines/parallel.sh or
# ../pipelines/slurm_array.sh made are taken as they are.
last_part := $(shell expr $(PARTS) - 1)
part_numbers := $(shell seq -f '%05g' 0 $(last_part))
of_parts := of-$(shell printf '%05d' $(PARTS)).h5
define part_rule
%/frames-$(1)-$(of_parts): %/list.txt
	vs-extract --quiet --list $$< --shard $(shell expr $(1) + 0)/$(PARTS) --quality $(QUALITY) --jobs 1 --force -o $$*/frames.h5
endef
$(foreach number,$(part_numbers),$(eval $(call part_rule,$(number))))
%/frames.h5: $(part_numbers:%=\%/frames-%-$(of_parts))
	vs-annot merge --quiet --force -o $@ $^
