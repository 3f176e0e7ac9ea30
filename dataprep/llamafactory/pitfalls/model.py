"""Pitfalls of a run and its model: quantization, methods, losses and what they exclude."""

from __future__ import annotations

from dataprep.llamafactory.pitfalls.keywords import LOSSES
from dataprep.llamafactory.pitfalls.pitfall import WARNING, Pitfall, both, outside
from dataprep.llamafactory.templates.table import TEMPLATES

_QUANTIZERS = {"bnb": (4, 8), "hqq": (1, 2, 3, 4, 5, 6, 8), "eetq": (8,)}
_REFERENCE_FREE = ("orpo", "simpo")
_NOT_ZERO3 = ("predict_with_generate", "pissa_init", "pure_bf16", "use_unsloth")
_OPTIMIZERS = ("use_galore", "use_apollo", "use_badam")


QUANTIZATION: tuple[Pitfall, ...] = (
    Pitfall(
        "quantization_bit",
        lambda run: run.quantized and run.prequantized,
        "{value} does nothing because the model is already quantized; take it out, or write the "
        "unquantized model",
        WARNING,
    ),
    Pitfall(
        "quantization_method",
        lambda run: run.quantized and run["quantization_method"] not in _QUANTIZERS,
        "{value} is for models that are already quantized: this one is silently loaded "
        "unquantized; write bnb, hqq or eetq",
    ),
    Pitfall(
        "quantization_bit",
        lambda run: (
            run["quantization_method"] in _QUANTIZERS
            and run.quantized
            and run["quantization_bit"] not in _QUANTIZERS[run["quantization_method"]]
        ),
        "{value} is not what {quantization_method} can do (bnb 4 and 8, hqq 1 to 6 and 8, eetq "
        "8): loading fails; write 4 or 8",
    ),
    Pitfall(
        "quantization_method",
        lambda run: "quantization_method" in run and not run.quantized,
        "{value} does nothing without quantization_bit: the model is loaded unquantized; write "
        "quantization_bit: 4, or take it out",
    ),
    Pitfall(
        "quantization_bit",
        lambda run: run.quantized and run["finetuning_type"] in ("full", "freeze"),
        "{value} cannot be trained by {finetuning_type}, because quantized weights do not train; "
        "write finetuning_type: lora, or take it out",
    ),
    Pitfall(
        "pissa_init",
        lambda run: run.quantized and run["pissa_init"],
        "cannot begin on a quantized model; take one out",
    ),
    Pitfall(
        "resize_vocab",
        lambda run: run.quantized and run["resize_vocab"],
        "cannot enlarge a quantized model's vocabulary; take one out",
    ),
    Pitfall(
        "add_tokens",
        lambda run: run.quantized and run["add_tokens"],
        "enlarges the vocabulary, which a quantized model's cannot be; take one out",
    ),
    Pitfall(
        "add_special_tokens",
        lambda run: run.quantized and run["add_special_tokens"],
        "enlarges the vocabulary, which a quantized model's cannot be; take one out",
    ),
    Pitfall(
        "create_new_adapter",
        lambda run: run.quantized and run["create_new_adapter"] and run["adapter_name_or_path"],
        "is not possible on a quantized model; take one out",
    ),
    Pitfall(
        "quantization_device_map",
        lambda run: run["quantization_device_map"] == "auto",
        "auto is for inference; take it out",
    ),
    Pitfall(
        "fp8",
        lambda run: run["fp8"] and run.quantized,
        "and quantization_bit exclude each other; take one out",
    ),
    Pitfall(
        "quantization_type",
        lambda run: "quantization_type" in run and run["quantization_bit"] != 4,
        "{value} is for 4 bits only and does nothing here; write quantization_bit: 4, or take it "
        "out",
        WARNING,
    ),
    Pitfall(
        "double_quantization",
        lambda run: "double_quantization" in run and run["quantization_bit"] != 4,
        "is for 4 bits only and does nothing here; write quantization_bit: 4, or take it out",
        WARNING,
    ),
)

DEEPSPEED: tuple[Pitfall, ...] = (
    Pitfall(
        "deepspeed",
        lambda run: (
            run.zero3
            and run.quantized
            and (run["quantization_method"], run["quantization_bit"]) != ("bnb", 4)
        ),
        "shards the weights (ZeRO-3), which only bnb with 4 bits allows of quantized ones; write "
        "quantization_bit: 4, or a configuration of stage 2",
    ),
    Pitfall(
        "deepspeed",
        lambda run: run.zero3 and run.prequantized,
        "shards the weights (ZeRO-3), which a model that is already quantized does not allow; "
        "write a configuration of stage 2",
    ),
    Pitfall(
        "deepspeed",
        lambda run: run.zero3 and any(map(run.__getitem__, _NOT_ZERO3)),
        "shards the weights (ZeRO-3), which predict_with_generate, pissa_init, pure_bf16 and "
        "use_unsloth exclude; take one out, or write a configuration of stage 2",
    ),
    Pitfall(
        "deepspeed",
        lambda run: run["deepspeed"] and (run["use_galore"] or run["use_apollo"]),
        "and GaLore or APOLLO exclude each other; take one out",
    ),
)

METHOD: tuple[Pitfall, ...] = (
    Pitfall(
        "pref_loss",
        lambda run: run["stage"] == "dpo" and run["pref_loss"] not in ("sigmoid", "orpo", "simpo"),
        "{value} " + LOSSES,
    ),
    Pitfall(
        "dpo_label_smoothing",
        lambda run: (
            run["stage"] == "dpo"
            and run["pref_loss"] != "sigmoid"
            and (run["dpo_label_smoothing"] or 0) > 1e-6
        ),
        "{value} is for the sigmoid loss only; take it out",
    ),
    Pitfall(
        "ref_model",
        lambda run: (
            run["stage"] == "dpo" and run["ref_model"] and run["pref_loss"] in _REFERENCE_FREE
        ),
        "{value} is never loaded because {pref_loss} needs no reference; take it out",
        WARNING,
    ),
    Pitfall(
        "pissa_init",
        lambda run: (
            run["pissa_init"]
            and (
                run["stage"] in ("ppo", "kto")
                or (run["stage"] == "dpo" and run["pref_loss"] not in _REFERENCE_FREE)
            )
        ),
        "changes the base model, so that stage {stage} would have no reference; take it out",
    ),
    Pitfall(
        "use_dora",
        lambda run: run["use_dora"] and run["finetuning_type"] != "lora",
        "is for lora only; take it out",
    ),
    Pitfall(
        "use_rslora",
        lambda run: run["use_rslora"] and run["finetuning_type"] != "lora",
        "is for lora only; take it out",
    ),
    Pitfall(
        "use_llama_pro",
        lambda run: run["use_llama_pro"] and run["finetuning_type"] == "full",
        "is for lora and freeze only; take it out",
    ),
    Pitfall(
        "finetuning_type",
        lambda run: run["finetuning_type"] == "lora" and any(map(run.__getitem__, _OPTIMIZERS)),
        "lora cannot be trained by GaLore, APOLLO or BAdam; write finetuning_type: full, or take "
        "the optimizer out",
    ),
    Pitfall(
        "finetuning_type",
        lambda run: (
            sum(bool(run[key]) for key in ("use_dft_loss", "use_eaft_loss", "use_asft_loss")) > 1
        ),
        "is trained by one loss, and several are switched on: dft goes before eaft and eaft "
        "before asft, silently; keep one",
    ),
    Pitfall(
        "flash_attn",
        lambda run: run["flash_attn"] == "fa3",
        "fa3 ends in NotImplementedError in {version}; write fa2, or auto",
    ),
    Pitfall(
        "predict_with_generate",
        outside("predict_with_generate", "sft"),
        "is for stage sft only; take it out",
    ),
    Pitfall(
        "predict_with_generate",
        both("predict_with_generate", "compute_accuracy"),
        "and compute_accuracy exclude each other; take one out",
    ),
    Pitfall(
        "do_predict",
        lambda run: (
            run["stage"] == "sft" and run["do_predict"] and not run["predict_with_generate"]
        ),
        "saves nothing without predict_with_generate: true; write it",
    ),
    Pitfall(
        "eval_strategy",
        lambda run: run["eval_strategy"] not in (None, "no", False) and not run.evaluates,
        "{value} has nothing to evaluate on; write split: {{val: 0.05}} under data.output, or "
        "take it out",
    ),
    Pitfall(
        "do_eval",
        lambda run: run["do_eval"] and not run.evaluates,
        "has nothing to evaluate on; write split: {{val: 0.05}} under data.output, or take it out",
    ),
    Pitfall(
        "predict_with_generate",
        lambda run: run["predict_with_generate"] and not run.evaluates,
        "has nothing to predict; write split: {{val: 0.05}} under data.output, or take it out",
    ),
    Pitfall(
        "load_best_model_at_end",
        lambda run: run["stage"] in ("rm", "ppo") and run["load_best_model_at_end"],
        "is not for stage {stage}; take it out",
    ),
    Pitfall(
        "early_stopping_steps",
        lambda run: run["early_stopping_steps"] and not run["load_best_model_at_end"],
        "{value} ends the run at its start without load_best_model_at_end: true and an "
        "eval_strategy; write them",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] == "ppo",
        "ppo does not run in LLaMA-Factory {version} as installed: it needs trl both below 0.9.7 "
        "and above 0.17; make train runs it with {ppo_version}, in .venv-ppo",
        WARNING,
    ),
    Pitfall(
        "reward_model",
        lambda run: run["stage"] == "ppo" and not run["reward_model"],
        "is missing, and ppo needs one; write the folder of a model of stage rm",
    ),
    Pitfall("fp16", both("fp16", "bf16"), "and bf16 exclude each other; take one out"),
    Pitfall(
        "num_train_epochs",
        lambda run: (
            "num_train_epochs" in run
            and (run["max_steps"] or -1) > 0
            and "max_steps" not in run.here
        ),
        "{value} is ignored because max_steps is set; take one out",
        WARNING,
    ),
    Pitfall(
        "infer_backend",
        lambda run: run["infer_backend"] in ("vllm", "sglang"),
        "{value} is for chat and api; take it out of train",
    ),
    Pitfall(
        "init_special_tokens",
        lambda run: (
            (run["init_special_tokens"] or "noise_init") != "noise_init"
            and not run["new_special_tokens_config"]
        ),
        "{value} falls back to noise without new_special_tokens_config; write the file of "
        "descriptions",
        WARNING,
    ),
)


LAUNCH: tuple[Pitfall, ...] = (
    Pitfall(
        "output_dir",
        lambda run: (
            run.resumes and not run["overwrite_output_dir"] and not run["resume_from_checkpoint"]
        ),
        "{value} has checkpoints in it, and LLaMA-Factory silently resumes from the last one; "
        "write another folder, or resume_from_checkpoint with the one that you mean",
    ),
    Pitfall(
        "do_train",
        lambda run: (
            "do_train" in run
            and not run["do_train"]
            and not run["do_eval"]
            and not run["do_predict"]
        ),
        "is false: LLaMA-Factory loads everything, trains nothing and exits successfully; write "
        "do_train: true",
    ),
    Pitfall(
        "do_train",
        lambda run: "do_train" not in run and not run["do_eval"] and not run["do_predict"],
        "is missing: LLaMA-Factory loads everything, trains nothing and exits successfully; write "
        "do_train: true",
    ),
)
"""Pitfalls of a file of plain arguments; a recipe sets these keys itself."""

EXPORT: tuple[Pitfall, ...] = (
    Pitfall(
        "model_name_or_path",
        lambda run: run.prequantized and run["adapter_name_or_path"],
        "{value} is already quantized, and adapters cannot be merged into that; write the "
        "unquantized model, with quantization_bit: 4 under train if memory is short",
    ),
    Pitfall(
        "quantization_bit",
        lambda run: run.quantized,
        "{value} loads the base quantized, and adapters cannot be merged into that; take it out: "
        "the adapter goes into the unquantized base; to quantize the merged model write it under "
        "quantize",
    ),
    Pitfall(
        "quantization_method",
        lambda run: "quantization_method" in run and not run.quantized,
        "{value} does nothing at an export; take it out",
        WARNING,
    ),
    Pitfall(
        "export_quantization_bit",
        both("export_quantization_bit", "adapter_name_or_path"),
        "{value} cannot be combined with merging; write it under quantize, and make quantize",
    ),
    Pitfall(
        "export_quantization_bit",
        lambda run: run["export_quantization_bit"] and not run["export_quantization_dataset"],
        "{value} needs export_quantization_dataset, rows with a 'text' of more than "
        "export_quantization_maxlen tokens",
    ),
    Pitfall(
        "export_quantization_bit",
        lambda run: run["export_quantization_bit"] not in (None, 2, 3, 4, 8),
        "{value} is not what GPTQ can do; write 8, 4, 3 or 2",
    ),
    Pitfall(
        "export_legacy_format",
        lambda run: run["export_legacy_format"],
        "does nothing since transformers 5, which writes safetensors always; take it out",
        WARNING,
    ),
    Pitfall(
        "template",
        lambda run: run["template"] and run["template"] not in TEMPLATES,
        "{value} is not a template of LLaMA-Factory {version}{nearest}",
    ),
    Pitfall(
        "stage",
        lambda run: run.trained == "rm" and run["stage"] != "rm",
        "is not rm, so that the reward model's value head is silently left behind; write stage: "
        "rm under export",
    ),
)
QUANTIZE: tuple[Pitfall, ...] = (
    Pitfall(
        "quantization_bit",
        both("quantization_bit", "export_quantization_bit"),
        "{value} is for bitsandbytes and export_quantization_bit for GPTQ; take one out",
    ),
    Pitfall(
        "quantization_bit",
        lambda run: run["quantization_bit"] not in (None, 4, 8),
        "{value} is not what bitsandbytes can do; write 4 or 8",
    ),
    Pitfall(
        "quantization_method",
        lambda run: run["quantization_method"] != "bnb",
        "{value} cannot be saved ready to load; write bnb, or export_quantization_bit for GPTQ",
    ),
    Pitfall(
        "export_quantization_bit",
        lambda run: run["export_quantization_bit"] not in (None, 2, 3, 4, 8),
        "{value} is not what GPTQ can do; write 8, 4, 3 or 2",
    ),
)
