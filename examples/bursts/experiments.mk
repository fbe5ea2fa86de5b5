# The experiments, with all files below the working folder: what examples/bursts and examples/reproduce share.
#
# A rule a training and a score file; `make motion`, `sampler`, `focus`, `ranking` or `student` is one table, results.md
# and report.html are all of them. What is there is not done again; a training that was stopped goes on where it was.
SEEDS ?= 0 1 2
TRAIN_VIDEOS ?= 2000
VAL_VIDEOS ?= 500
# Of the data sets for AdaFocusV2, and of that for ResKD.
SMALL_TRAIN_VIDEOS ?= 1500
FEW_TRAIN_VIDEOS ?= 500
SMALL_VAL_VIDEOS ?= 500
THREADS ?= $(shell nproc 2>/dev/null || echo 2)
TRAIN_FLAGS ?=
# What is read of a data set: its videos, or a pack of their frames that another rule makes; and the ending of the lists.
INPUT ?= videos
LIST ?= .txt
bursts := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
export PATH := $(abspath $(BUILD)):$(abspath $(BUILD))/examples/bursts:$(PATH)

# Each data set: videos, lists and truth.json, and what is read.
data_sets := bursts places long_bursts short_bursts details
ready = $(1)/$(if $(filter videos,$(INPUT)),truth.json,$(INPUT))

# Of a recipe, a name for the run and the data: trains with the seed of the rule's stem.
train_with = vs-train --quiet --recipe ./recipes/$(1).json --annotations $(3)/train$(LIST) --data $(3)/$(INPUT) \
  --threads $(THREADS) --seed $* --output runs/$(2)-$* --resume $(TRAIN_FLAGS)
# Of a recipe, a run and the data: scores the validation videos, under the name of the rule's target.
score_with = vs-eval --quiet --recipe ./recipes/$(1).json --pipeline val --annotations $(3)/val$(LIST) \
  --data $(3)/$(INPUT) --set name=$(patsubst %-$*.h5,%,$(@F)) --batch 16 --threads $(THREADS) --seed $* \
  --weights runs/$(2)-$*/last.safetensors --force --output $@ >/dev/null
generate = vs-bursts --quiet --force --output $(@D)
scores = $(foreach system,$(1),$(foreach seed,$(SEEDS),scores/$(system)-$(seed).h5))

# The systems of each table; the first is the one that the others are compared with.
tables := motion sampler focus ranking student
motion := guided uniform guided_at_uniform
sampler := chosen3 uniform3 random3 all10
focus := focus focus_centre focus_random focus_exit_late focus_exit_soon
ranking := ranked evenly unranked whole
student := taught alone teacher
report = vs-eval report --quiet --outline recipes/outline.json --metrics top_k_accuracy --topk 1
all_scores := $(foreach table,$(tables),$(call scores,$($(table))))

.PHONY: all clean $(tables)
.SECONDARY:
.DELETE_ON_ERROR:
all: report.html results.md

report.html: $(all_scores) recipes/outline.json
	$(report) --force --output $@ $(all_scores)
results.md: $(all_scores) recipes/outline.json
	$(report) --force --output $@ $(all_scores)
	@cat $@
define table_rule
$(1): $$(call scores,$$($(1))) recipes/outline.json
	@$$(report) $$(call scores,$$($(1)))
endef
$(foreach table,$(tables),$(eval $(call table_rule,$(table))))

# Copies, so that what made a result lies beside it; only a changed one is new.
folders := recipes runs trained scores
$(folders):
	mkdir -p $@
recipes/%.json: $(bursts)recipes/%.json | $(folders)
	cp $< $@
recipes/outline.json: $(bursts)outline.json | $(folders)
	cp $< $@

bursts/truth.json:
	$(generate) --split train=$(TRAIN_VIDEOS),val=$(VAL_VIDEOS)
bursts/motion.h5: bursts/truth.json
	vs-motion --quiet --force --output $@ bursts/videos
# A small glyph that is in every frame: where to look is what counts, not when.
places/truth.json:
	$(generate) --split train=$(SMALL_TRAIN_VIDEOS),val=$(SMALL_VAL_VIDEOS) --size 104x104 --frames 24 \
	  --burst 24 --speed 0-1 --glyph-size 22-26 --contrast 90 --distractors 3
# A larger glyph in 14 to 20 of 48 frames, to begin with, and in 6: one of 8 frames at equal distances.
large_glyph := --glyph-size 26-30 --contrast 90 --distractors 1 --speed 1-2
long_bursts/truth.json:
	$(generate) --split train=$(TRAIN_VIDEOS) --burst 14-20 $(large_glyph)
short_bursts/truth.json:
	$(generate) --split train=$(TRAIN_VIDEOS),val=$(VAL_VIDEOS) --burst 6 $(large_glyph) --seed 1
# A glyph in every frame that is so small that few of its pixels are left in small frames; and few videos, of which a
# student alone learns little.
details/truth.json:
	$(generate) --split train=$(FEW_TRAIN_VIDEOS),val=$(SMALL_VAL_VIDEOS) --size 104x104 --frames 24 \
	  --burst 24 --speed 0-1 --glyph-size 14-18 --contrast 90 --distractors 3

trained/guided-%: recipes/guided.json $(call ready,bursts) bursts/motion.h5
	$(call train_with,guided,guided,bursts) --motion bursts/motion.h5
	touch $@
trained/uniform-%: recipes/uniform.json $(call ready,bursts)
	$(call train_with,uniform,uniform,bursts)
	touch $@
# The classifier behind the sampler is the one of guided, and stays as it is.
trained/sampler-%: recipes/sampler.json trained/guided-%
	$(call train_with,sampler,sampler,bursts) --init runs/guided-$*/last.safetensors --partial 'sampler.*'
	touch $@
trained/focus-%: recipes/focus.json $(call ready,places)
	$(call train_with,focus,focus,places)
	touch $@
# What DRCA begins with: its network without compression, as published. All four are trained on equally long.
trained/attention-%: recipes/attention.json $(call ready,long_bursts)
	$(call train_with,attention,attention,long_bursts)
	touch $@
# Of a run: trained on from there.
train_on = $(call train_with,ranking,$(1),short_bursts) --init runs/attention-$*/last.safetensors $($(1)_flags)
from_attention := recipes/ranking.json $(call ready,short_bursts)
define ranking_rule
trained/$(1)-%: $(from_attention) trained/attention-%
	$$(call train_on,$(1))
	touch $$@
scores/$(1)-%.h5: trained/$(1)-%
	$$(call score_with,ranking,$(1),short_bursts) $$(filter-out --partial '%',$$($(1)_flags))
endef
# What only compression has begins anew.
new_parts := --partial '*low*,*dccm*'
ranked_flags := $(new_parts)
evenly_flags := $(new_parts) --set model.backbone.comp_strategy=uniform
unranked_flags := $(new_parts) --set model.backbone.comp_strategy=wo_diff_rank
whole_flags := --set model.backbone.comp_insert_layer=-1
$(foreach system,$(ranking),$(eval $(call ranking_rule,$(system))))
trained/teacher-%: recipes/teacher.json $(call ready,details)
	$(call train_with,teacher,teacher,details)
	touch $@
trained/alone-%: recipes/student.json $(call ready,details)
	$(call train_with,student,alone,details)
	touch $@
trained/taught-%: recipes/student.json trained/teacher-%
	$(subst vs-train,vs-distill,$(call train_with,student,taught,details)) --teacher-recipe ./recipes/teacher.json \
	  --teacher runs/teacher-$*/last.safetensors
	touch $@

scores/guided-%.h5: trained/guided-%
	$(call score_with,guided,guided,bursts) --motion bursts/motion.h5
scores/uniform-%.h5: trained/uniform-%
	$(call score_with,uniform,uniform,bursts)
scores/guided_at_uniform-%.h5: trained/guided-% recipes/uniform.json
	$(call score_with,uniform,guided,bursts)
scores/chosen3-%.h5: trained/sampler-%
	$(call score_with,sampler,sampler,bursts)
scores/uniform3-%.h5: trained/sampler-%
	$(call score_with,sampler,sampler,bursts) --set test.frame_choice=uniform
scores/random3-%.h5: trained/sampler-%
	$(call score_with,sampler,sampler,bursts) --set test.frame_choice=random
scores/all10-%.h5: trained/sampler-%
	$(call score_with,sampler,sampler,bursts) --set test.frame_choice=uniform --set model.num_segments=10 \
	  --set model.num_test_segments=10
scores/focus-%.h5: trained/focus-%
	$(call score_with,focus,focus,places)
scores/focus_centre-%.h5: trained/focus-%
	$(call score_with,focus,focus,places) --set test.patch_choice=centre
scores/focus_random-%.h5: trained/focus-%
	$(call score_with,focus,focus,places) --set test.patch_choice=random
# Early exit takes its thresholds from training videos, read as training reads them.
scores/focus_train-%.h5: trained/focus-%
	$(subst --pipeline val,--pipeline train,$(subst /val$(LIST),/train$(LIST),$(call score_with,focus,focus,places)))
# Of a budget.
exit_with = vs-eval exit --quiet --budgets $(1) --train scores/focus_train-$*.h5 --force --output $@ \
  scores/focus-$*.h5 >/dev/null
scores/focus_exit_late-%.h5: scores/focus-%.h5 scores/focus_train-%.h5
	$(call exit_with,1)
scores/focus_exit_soon-%.h5: scores/focus-%.h5 scores/focus_train-%.h5
	$(call exit_with,0.5)
scores/taught-%.h5: trained/taught-%
	$(subst last.safetensors,student.safetensors,$(call score_with,student,taught,details))
scores/alone-%.h5: trained/alone-%
	$(call score_with,student,alone,details)
scores/teacher-%.h5: trained/teacher-%
	$(call score_with,teacher,teacher,details)

clean:
	rm -rf $(folders) $(data_sets) results.md* report.html*
