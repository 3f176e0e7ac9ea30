"""The shape of a model: its matrices, and the sizes that follow from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Matrix(NamedTuple):
    """A linear module that occurs `copies` times in a model, with its numbers of inputs and
    outputs.
    """

    name: str
    inputs: int
    outputs: int
    copies: int

    @property
    def size(self) -> int:
        """Return the parameters of all copies."""
        return self.inputs * self.outputs * self.copies


@dataclass(frozen=True)
class Latent:
    """Attention over compressed keys and values (DeepSeek-V2, 2024): ranks, and parts of a head."""

    query_rank: int
    kv_rank: int
    plain: int
    rotary: int
    value: int


@dataclass(frozen=True)
class Shape:
    """The sizes of a decoder. `told` describes their source; `guessed` if only its name was known.

    `inner` is the width of the feed-forward part. In a mixture of experts, `expert_inner` is the
    width of one expert, `shared_inner` that of the experts used by every token, and the first
    `dense_layers` have no experts. `bits` is below 16 for a quantized checkpoint; `beside` counts
    the parameters of vision and audio towers.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    inner: int
    vocab: int
    head_dim: int = 0
    tied: bool = False
    gated: bool = True
    joined: tuple[str, ...] = ()
    experts: int = 0
    experts_used: int = 0
    expert_inner: int = 0
    shared_inner: int = 0
    dense_layers: int = 0
    latent: Latent | None = None
    positions: int = 0
    bits: float = 16
    beside: int = 0
    told: str = ""
    guessed: bool = False

    @property
    def width(self) -> int:
        """Return the width of all heads together."""
        return self.heads * (self.head_dim or self.hidden // self.heads)

    @property
    def kv_width(self) -> int:
        """Return how many numbers a layer caches per token for keys, and as many for values."""
        if self.latent:
            return (self.latent.kv_rank + self.latent.rotary) // 2
        return self.kv_heads * (self.head_dim or self.hidden // self.heads)

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """Return the linear modules of all layers, which adapters and quantization apply to; no
        experts.
        """
        return tuple(
            matrix for matrix in (*self._attention(), *self._feed_forward()) if matrix.size
        )

    def _attention(self) -> Iterator[Matrix]:
        if self.latent:
            yield from self._latent_attention(self.latent)
            return
        kv = self.kv_heads * (self.head_dim or self.hidden // self.heads)
        if "qkv_proj" in self.joined:
            yield Matrix("qkv_proj", self.hidden, self.width + 2 * kv, self.layers)
        else:
            yield Matrix("q_proj", self.hidden, self.width, self.layers)
            yield Matrix("k_proj", self.hidden, kv, self.layers)
            yield Matrix("v_proj", self.hidden, kv, self.layers)
        yield Matrix("o_proj", self.width, self.hidden, self.layers)

    def _latent_attention(self, latent: Latent) -> Iterator[Matrix]:
        queries = self.heads * (latent.plain + latent.rotary)
        if latent.query_rank:
            yield Matrix("q_a_proj", self.hidden, latent.query_rank, self.layers)
            yield Matrix("q_b_proj", latent.query_rank, queries, self.layers)
        else:
            yield Matrix("q_proj", self.hidden, queries, self.layers)
        yield Matrix("kv_a_proj_with_mqa", self.hidden, latent.kv_rank + latent.rotary, self.layers)
        yield Matrix(
            "kv_b_proj", latent.kv_rank, self.heads * (latent.plain + latent.value), self.layers
        )
        yield Matrix("o_proj", self.heads * latent.value, self.hidden, self.layers)

    def _feed_forward(self) -> Iterator[Matrix]:
        for inner, count in (
            (self.inner, self._dense),
            (self.shared_inner, self.layers - self._dense),
        ):
            if not self.gated:
                yield Matrix("up_proj", self.hidden, inner, count)
            elif "gate_up_proj" in self.joined:
                yield Matrix("gate_up_proj", self.hidden, 2 * inner, count)
            else:
                yield Matrix("gate_proj", self.hidden, inner, count)
                yield Matrix("up_proj", self.hidden, inner, count)
            yield Matrix("down_proj", inner, self.hidden, count)

    @property
    def _dense(self) -> int:
        return self.dense_layers if self.experts else self.layers

    @property
    def linear(self) -> int:
        """Return the parameters of all linear modules."""
        return sum(matrix.size for matrix in self.matrices)

    @property
    def expert(self) -> int:
        """Return the parameters of all experts, which are not linear modules in transformers 5."""
        return (self.layers - self._dense) * self.experts * self._one_expert

    @property
    def _one_expert(self) -> int:
        return (3 if self.gated else 2) * self.hidden * self.expert_inner

    @property
    def head(self) -> int:
        """Return the parameters of the output layer, or of the embedding if the two are tied."""
        return self.vocab * self.hidden

    @property
    def embedding(self) -> int:
        """Return the parameters of embedding and output layer."""
        return self.head * (1 if self.tied else 2) + self.positions * self.hidden

    @property
    def norms(self) -> int:
        """Return the parameters outside of matrices: two norms per layer, a last one, and the
        router.
        """
        return (2 * self.layers + 1) * self.hidden + (
            self.layers - self._dense
        ) * self.experts * self.hidden

    @property
    def total(self) -> int:
        """Return all parameters."""
        return self.linear + self.expert + self.embedding + self.norms + self.beside

    @property
    def per_layer(self) -> int:
        """Return the parameters of one layer."""
        return (self.linear + self.expert + self.norms) // self.layers

    @property
    def active(self) -> int:
        """Return the parameters that each token is multiplied by: all matrices, its experts, the
        output layer.
        """
        used = (self.layers - self._dense) * self.experts_used * self._one_expert
        return self.linear + used + self.head

    @property
    def widest(self) -> int:
        """Return the parameters of the largest matrix."""
        return max(matrix.inputs * matrix.outputs for matrix in self.matrices)
