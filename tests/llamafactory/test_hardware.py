"""A recipe means the same on any machine: what it needs otherwise there is changed, and told."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataprep.errors import DataprepError
from dataprep.llamafactory.runs.hardware import GIB, Fit, Gpu, Machine, check_packages, fit, look

A100 = Gpu("A100", 80 * GIB, (8, 0))
V100 = Gpu("V100", 32 * GIB, (7, 0))
RECIPE = {"bf16": True, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 8}


def machine(*gpus: Gpu, flash: bool = False) -> Machine:
    """Return a machine with these cards."""
    return Machine(gpus, 8, 64 * GIB, 100 * GIB, flash)


def fitted(found: Machine, **keys: Any) -> Fit:
    """Return what training becomes on a machine, with other keys than the recipe's."""
    return fit("train", {**RECIPE, **keys}, found)


def test_one_line_says_what_was_found() -> None:
    assert str(machine()) == "found: no GPU · 8 cores · 64 GiB of memory and 100 GiB of disk free"
    assert str(machine(A100, A100)).startswith("found: 2 × A100 (80 GiB, bf16) · ")
    assert str(machine(A100, V100)).startswith(
        "found: 1 × A100 (80 GiB, bf16), 1 × V100 (32 GiB, no bf16) · "
    )


def test_ray_shares_out_over_its_own_workers() -> None:
    found = fitted(machine(A100, A100), ray_num_workers=4)
    assert found.arguments == {"gradient_accumulation_steps": 2}
    assert found.environment == {}


def test_ray_is_asked_for_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    check_packages(RECIPE)
    with pytest.raises(
        DataprepError, match=r"^ray_num_workers needs the package ray; .*-e '\.\[ray\]'$"
    ):
        check_packages({**RECIPE, "ray_num_workers": 2})


def test_ray_does_not_start_where_it_would_wait_for_ever() -> None:
    with pytest.raises(
        DataprepError,
        match=r"^ray_num_workers: this machine has no GPU; .* or remove ray_num_workers$",
    ):
        fitted(machine(), ray_num_workers=2)


def test_a_cpu_computes_in_fp32() -> None:
    found = fitted(machine(), fp16=False, deepspeed="ds.json", flash_attn="fa2")
    assert found.arguments == {"bf16": False, "deepspeed": None, "flash_attn": "sdpa"}
    assert str(found).startswith("so:    bf16=false (a CPU computes in fp32), deepspeed=null (")


SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "2000"}


def test_waiting_threads_of_a_training_on_a_cpu_soon_sleep() -> None:
    found = fit("train", {}, machine(), environment={})
    assert found.environment == SLEEPING
    assert (
        str(found)
        == "so:    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=2000 (waiting threads soon sleep)"
    )
    assert fit("train", {"use_cpu": True}, machine(A100), environment={}).environment == SLEEPING


def test_threads_of_a_training_on_a_gpu_wait_as_they_did() -> None:
    assert fit("train", {}, machine(A100), environment={}) == Fit()
    assert (
        not SLEEPING.keys()
        & fit("train", RECIPE, machine(A100, A100), environment={}).environment.keys()
    )


@pytest.mark.parametrize(
    ("users", "ours"),
    [
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {}),  # a spin count would override the policy
        ({"GOMP_SPINCOUNT": "1000"}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        ({"OMP_WAIT_POLICY": "", "GOMP_SPINCOUNT": "5"}, {}),
        ({"OMP_NUM_THREADS": "2"}, SLEEPING),
    ],
)
def test_how_threads_wait_is_the_users_choice_first(
    users: dict[str, str], ours: dict[str, str]
) -> None:
    found = fit("train", {}, machine(), environment=users)
    assert found.environment == ours
    assert all(f"{key}={value}" in str(found) for key, value in ours.items())
    assert not any(key in str(found) for key in users)


def test_a_cpu_that_is_asked_for_keeps_what_it_is_told() -> None:
    assert fitted(machine(), use_cpu=True).arguments == {}


def test_an_older_card_computes_in_fp16() -> None:
    assert fitted(machine(V100)).arguments == {"bf16": False, "fp16": True}
    assert fitted(machine(V100), bf16=False, fp16=True).arguments == {}
    assert fitted(machine(V100), bf16=False, tf32=True).arguments == {"tf32": False}


def test_a_newer_card_needs_nothing_otherwise() -> None:
    assert str(fitted(machine(A100))) == ""


@pytest.mark.parametrize(("found", "flash"), [(A100, False), (V100, True)])
def test_flash_attention_needs_its_card_and_its_package(found: Gpu, flash: bool) -> None:
    assert fitted(machine(found, flash=flash), flash_attn="fa2").arguments["flash_attn"] == "sdpa"
    assert "flash_attn" not in fitted(machine(A100, flash=True), flash_attn="fa2").arguments


def test_more_cards_accumulate_less() -> None:
    found = fitted(machine(A100, A100))
    assert found.arguments == {"gradient_accumulation_steps": 4}
    assert found.environment == {"NPROC_PER_NODE": "2"}
    assert "2 processes keep 16 examples a step" in str(found)


def test_cards_that_cannot_share_a_batch_stay_idle() -> None:
    assert fitted(machine(A100, A100, A100)).environment == {"NPROC_PER_NODE": "2"}
    found = fitted(
        machine(A100, A100), per_device_train_batch_size=1, gradient_accumulation_steps=1
    )
    assert found.environment == {"NPROC_PER_NODE": "1"}
    assert found.arguments == {}


def test_deepspeed_is_started_as_it_wants() -> None:
    assert fitted(machine(A100), deepspeed="ds.json").environment == {"FORCE_TORCHRUN": "1"}


def test_what_is_no_training_keeps_its_batches() -> None:
    assert fit("predict", RECIPE, machine(A100, A100)) == Fit()
    assert fit("predict", RECIPE, machine()).arguments == {"bf16": False, "infer_dtype": "float32"}
    assert fit("chat", {"infer_dtype": "bfloat16"}, machine()).arguments == {}
    assert fit("export", {"export_size": 5}, machine()) == Fit()


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9), st.integers(1, 3))
def test_a_step_sees_as_many_examples_on_any_number_of_cards(
    batch: int, steps: int, cards: int, nodes: int
) -> None:
    keys = {"per_device_train_batch_size": batch, "gradient_accumulation_steps": steps}
    found = fit("train", keys, machine(*[A100] * cards), nodes)
    now = {**keys, **found.arguments}
    processes = int(found.environment.get("NPROC_PER_NODE", 1)) * nodes
    product = now["per_device_train_batch_size"] * now["gradient_accumulation_steps"] * processes
    assert product == batch * steps or (batch * steps) % nodes
    assert now["per_device_train_batch_size"] <= batch


def test_this_machine_is_found() -> None:
    pytest.importorskip("torch", reason="needs the training half: make setup")
    found = look()
    assert found.cores > 0
    assert found.memory > 0
    assert found.disk > 0
