"""Files whose encoding nobody names: it is told from their bytes, line by line where they are
mixed, or refused.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import SHARED

from dataprep.errors import DataprepError
from dataprep.sources import encodings, inputs
from dataprep.sources.guess import READ, guess
from dataprep.sources.raw import Codec, Raw

needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")

PROSE = {
    "gb18030": "请简要介绍一下这座城市的历史和主要景点。春天的公园里到处都是赏花的人，"
    "孩子们在草地上放风筝。"
    "如果您的订单超过三天还没有发货，请联系客服，我们会尽快为您处理。高血压患者平时应当少吃盐，多运动，保持良好的心情。",
    "big5": "請簡要介紹一下這座城市的歷史和主要景點。春天的公園裡到處都是賞花的人，"
    "孩子們在草地上放風箏。"
    "如果您的訂單超過三天還沒有出貨，請聯絡客服，我們會儘快為您處理。高血壓患者平時應當少吃鹽，多運動，保持良好的心情。",
    "shift_jis": "この街の歴史と主な観光地について簡単に紹介してください。"
    "春の公園は花見をする人でいっぱいで、"
    "子どもたちは芝生で凧を揚げています。ご注文から三日たっても発送されない場合は、"
    "カスタマーサービスまでご連絡ください。塩分を控え、よく運動することが大切です。",
    "euc_kr": "이 도시의 역사와 주요 관광지를 간단히 소개해 주세요. 봄날의 공원은 꽃구경하는 "
    "사람들로 가득하고 "
    "아이들은 잔디밭에서 연을 날립니다. 주문하신 뒤 사흘이 지나도 발송되지 않으면 고객센터로 "
    "연락해 주시기 바랍니다. 소금을 적게 먹고 운동을 많이 하는 것이 좋습니다.",
    "cp1252": "Présentez brièvement l’histoire de cette ville et ses monuments les plus célèbres. "
    "Après l’été, les élèves reviennent à l’école. Können Sie mir bitte erklären, warum die "
    "Straße gesperrt ist? "
    "¿Dónde está la estación más cercana, señor?",
}
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
CODECS = {
    "gb18030": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "cp1252": "cp1252",
}
each_encoding = pytest.mark.parametrize("encoding", PROSE)
each_cjk = pytest.mark.parametrize("encoding", ["gb18030", "big5", "shift_jis", "euc_kr"])
Records = list[dict[str, str]]


def records(encoding: str, size: int = 24) -> Records:
    """Return the prose cut into records of `size` characters, among them plain ASCII."""
    prose = PROSE.get(encoding, PROSE["gb18030"] + "𝒜😀" + PROSE["euc_kr"])
    cuts = [prose[at : at + size] for at in range(0, len(prose) - size + 1, size)]
    return [{"instruction": cut[: size // 3], "output": cut[size // 3 :]} for cut in cuts] + [
        {"instruction": "What is 2 + 2?", "output": "4"}
    ]


def line(record: object) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def jsonl(found: Records) -> str:
    return "".join(map(line, found))


def array(found: Records) -> str:
    return json.dumps(found, ensure_ascii=False)


def table(delimiter: str) -> Callable[[Records], str]:
    def write(found: Records) -> str:
        text = io.StringIO()
        rows = csv.DictWriter(text, list(found[0]), delimiter=delimiter)
        rows.writeheader()
        rows.writerows(found)
        return text.getvalue()

    return write


SHAPES = {"a.jsonl": jsonl, "a.json": array, "a.csv": table(","), "a.tsv": table("\t")}
each_shape = pytest.mark.parametrize("name", SHAPES)


def read(path: Path, data: bytes, encoding: str = "auto") -> list[Raw]:
    path.write_bytes(data)
    return list(inputs.read(str(path), encoding))


def values(found: list[Raw]) -> list[object]:
    assert [raw.error for raw in found if raw.error] == []
    return [raw.value for raw in found]


def reasons(found: list[Raw]) -> list[str]:
    return [raw.error.reason if raw.error else "" for raw in found]


# ------------------------------------------------------------------------------------- one encoding


@each_shape
@each_encoding
@pytest.mark.parametrize("packed", [False, True])
def test_file_is_read_in_the_encoding_that_it_is_in(
    tmp_path: Path, name: str, encoding: str, packed: bool
) -> None:
    data = SHAPES[name](records(encoding)).encode(CODECS[encoding])
    found = read(tmp_path / (name + ".gz" * packed), gzip.compress(data) if packed else data)
    assert values(found) == records(encoding)
    assert {raw.encoding for raw in found} == {encoding}
    assert all(data[raw.origin.byte :] for raw in found)


@each_shape
@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("named", [False, True])
def test_wide_encoding_is_told_by_its_mark_or_its_zero_bytes(
    tmp_path: Path, name: str, encoding: str, mark: str, named: bool
) -> None:
    data = (mark + SHAPES[name](records(encoding))).encode(encoding)
    found = read(tmp_path / name, data, encoding if named else "auto")
    assert values(found) == records(encoding)
    assert {(raw.encoding, raw.origin.byte) for raw in found} == {(encoding, -1)}
    if name != "a.json":
        assert [raw.origin.line for raw in found] == list(
            range(2 - (name == "a.jsonl"), len(found) + 1 + (name != "a.jsonl"))
        )


@pytest.mark.parametrize("name", ["utf-16", "UTF16", "utf_32"])
@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_named_wide_encoding_may_leave_the_order_of_bytes_open(
    tmp_path: Path, name: str, order: str, mark: str
) -> None:
    encoding = inputs.encoding_of(name)
    data = (mark + jsonl(records(encoding))).encode(f"{encoding}-{order}")
    assert values(read(tmp_path / "a.jsonl", data, encoding)) == records(encoding)


@each_shape
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf8_needs_no_mention(tmp_path: Path, name: str, mark: str) -> None:
    found = read(tmp_path / name, (mark + SHAPES[name](records("utf-8"))).encode())
    assert values(found) == records("utf-8")
    assert {raw.encoding for raw in found} == {""}


@each_cjk
@pytest.mark.parametrize("size", [20, 40])
@each_shape
def test_one_short_record_is_enough(tmp_path: Path, encoding: str, size: int, name: str) -> None:
    for record in records(encoding, size)[:-1]:
        data = SHAPES[name]([record]).encode(CODECS[encoding])
        assert values(read(tmp_path / name, data)) == [record]


@each_cjk
def test_what_lies_beyond_the_narrow_standard_is_read_too(tmp_path: Path, encoding: str) -> None:
    rare = {
        "gb18030": "𠮷囧镕€",
        "big5": "€碁裏恒",
        "shift_jis": "髙﨑①Ⅳ㈱～",
        "euc_kr": "똠방각하펲시콜",
    }[encoding]
    made = [*records(encoding), {"instruction": rare, "output": PROSE[encoding]}]
    assert values(read(tmp_path / "a.jsonl", jsonl(made).encode(CODECS[encoding]))) == made


def test_sample_may_be_cut_inside_a_character(tmp_path: Path) -> None:
    for shift in range(4):
        text = "x" * shift + PROSE["gb18030"].replace("，", "").replace("。", "") * (
            encodings._SAMPLE // 150
        )
        for name, data in {
            "a.jsonl": line({"a": text}),
            "a.csv": f"a\n{text}\n",
            "a.json": f'["{text}"]',
        }.items():
            (raw,) = read(tmp_path / name, data.encode())
            assert raw.value in (text, {"a": text})
            assert read(tmp_path / name, data.encode("gb18030"))[0].value == raw.value


def test_user_who_names_an_encoding_is_not_second_guessed(tmp_path: Path) -> None:
    data = jsonl(records("gb18030")).encode("gb18030")
    assert reasons(read(tmp_path / "a.jsonl", data, "utf-8")) == ["not valid UTF-8"] * (
        len(records("gb18030")) - 1
    ) + [""]
    assert values(read(tmp_path / "a.jsonl", data, "gbk")) == records("gb18030")
    assert (
        values(read(tmp_path / "a.jsonl", jsonl(records("utf-8")).encode(), "latin-1"))[0]
        != records("utf-8")[0]
    )


@pytest.mark.parametrize("name", ["cp037", "utf-7x", "base64"])
def test_encoding_whose_line_ends_are_others_is_refused(name: str) -> None:
    with pytest.raises(DataprepError, match=f"encoding '{name}'"):
        inputs.encoding_of(name)


@pytest.mark.parametrize("name", ["auto", "AUTO"])
def test_auto_is_an_encoding_to_ask_for(name: str) -> None:
    assert inputs.encoding_of(name) == "auto"


# -------------------------------------------------------------------------------------- mixed files


@each_encoding
@pytest.mark.parametrize("share", [1, 5, 19])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_line_in_another_encoding_is_read_in_its_own(
    tmp_path: Path, encoding: str, share: int, name: str
) -> None:
    made = records(encoding, 40)[:-1] * 20
    other = [number % 20 < share for number in range(len(made))]
    codecs = [CODECS[encoding] if is_other else "utf-8" for is_other in other]
    head = [b"instruction,output\n"] * (name == "a.csv")
    rows = [SHAPES[name]([record]).splitlines(keepends=True)[-1] for record in made]
    found = read(
        tmp_path / name,
        b"".join(head + [row.encode(codec) for row, codec in zip(rows, codecs, strict=True)]),
    )
    assert values(found) == made
    assert [raw.encoding for raw in found] == [encoding if is_other else "" for is_other in other]


def test_lines_of_many_encodings_are_each_read_in_their_own(tmp_path: Path) -> None:
    made = [(encoding, record) for encoding in PROSE for record in records(encoding, 40)[:-1]] * 3
    random.Random(1).shuffle(made)
    found = read(
        tmp_path / "a.jsonl",
        b"".join(line(record).encode(CODECS[encoding]) for encoding, record in made),
    )
    assert [(raw.encoding, raw.value) for raw in found] == made


def test_gbk_lines_after_a_megabyte_of_ascii_are_found(tmp_path: Path) -> None:
    plain = line({"instruction": "Say it again", "output": "again " * 10}) * 15_000
    made = records("gb18030", 40)[:-1]
    for tail in (jsonl(made), jsonl(made) + plain):
        data = plain.encode() + tail.encode("gb18030")
        for name, packed in {"a.jsonl": data, "a.jsonl.gz": gzip.compress(data, 1)}.items():
            found = read(tmp_path / name, packed)
            assert [raw.value for raw in found[15_000 : 15_000 + len(made)]] == made
            assert not any(raw.error for raw in found)


@pytest.mark.parametrize(
    "bad",
    [
        '{"a": "今天天气很好"}'.encode()[:-4] + b'"}',  # a character cut in two
        '{"a": "café"}'.encode().replace(b"\xa9", b""),
        '{"a": "café"}'.encode().replace(b"\xc3", b""),
        '{"a": "好 中文"}'.encode() + "中文".encode("gbk"),  # two encodings in one line
        b'{"a": "\xff\xfe\x00\x01"}',
        b'{"a": "\x81\x8d\x8f\x90\x9d"}',
        b"\x00\x9c\xff\xfe\xc3\x01" * 9,
    ],
)
def test_line_that_is_damaged_is_a_reject_and_never_mojibake(tmp_path: Path, bad: bytes) -> None:
    good = [line(record).encode() for record in records("utf-8")]
    found = read(tmp_path / "a.jsonl", b"".join([*good, bad + b"\n", *good]))
    assert reasons(found) == [""] * len(good) + ["not valid UTF-8"] + [""] * len(good)
    assert "encoding NAME" in str(found[len(good)].error)
    assert reasons(read(tmp_path / "a.jsonl", bad + b"\n")) == ["not valid UTF-8"]


@each_cjk
def test_damaged_line_in_a_file_of_another_encoding_is_a_reject(
    tmp_path: Path, encoding: str
) -> None:
    good = [line(record).encode(CODECS[encoding]) for record in records(encoding)]
    bad = good[0].replace(b'"}', b'\xff"}')
    found = read(tmp_path / "a.jsonl", b"".join([*good, bad, *good]))
    assert [raw.value for raw in found[: len(good)]] == records(encoding)
    assert reasons(found)[len(good)] == f"not valid {encoding}" or encoding == "shift_jis"
    assert found[len(good)].error
    assert not any(raw.error for raw in found[len(good) + 1 :])


@pytest.mark.parametrize("size", [8, 100, 5_000, 600_000])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv"])
def test_junk_is_rejects_and_never_a_traceback(tmp_path: Path, size: int, name: str) -> None:
    data = random.Random(size).randbytes(size).replace(b'"', b"").replace(b"\r", b"\n")
    found = read(
        tmp_path / name,
        b'{"a": 1}\n' * (name == "a.jsonl") + b"a\tb,c\n" * (name != "a.jsonl") + data,
    )
    assert (
        sum(bool(raw.encoding and not raw.error) for raw in found) <= size / 500_000
    )  # random bytes are text now and then


@pytest.mark.parametrize(
    ("codec", "text"),
    [("cp1251", "Здравствуйте, как у вас дела сегодня?"), ("koi8-r", "Расскажите о городе")],
)
def test_encoding_that_is_not_read_unasked_is_named(tmp_path: Path, codec: str, text: str) -> None:
    data = (line({"a": text}) * 3).encode(codec)
    found = read(tmp_path / "a.jsonl", data)
    assert reasons(found) == ["not valid UTF-8"] * 3
    assert f"is it {codec}? then say encoding {codec}" in str(found[0].error)
    assert values(read(tmp_path / "a.jsonl", data, codec)) == [{"a": text}] * 3


def test_wide_text_that_breaks_is_a_reject(tmp_path: Path) -> None:
    good = line({"a": "好"}).encode("utf-16-le")
    lone = line({"a": "X"}).encode("utf-16-le").replace(b"X\0", b"\x00\xd8")
    for encoding in ("auto", "utf-16-le"):
        found = read(
            tmp_path / "a.jsonl", b"\xff\xfe" + good * 3000 + lone + good + good[:-1], encoding
        )
        assert reasons(found) == [""] * 3000 + ["not valid utf-16-le", "", "not valid utf-16-le"]


# ----------------------------------------------------------------------------------- how it is done


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16-le"])
def test_stretches_give_what_the_whole_file_gives(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    whole = read(
        path,
        (jsonl(records("gb18030", 40)) * 2).encode(encoding)
        + line({"a": PROSE["big5"]}).encode("utf-8" if encoding == "gb18030" else encoding),
    )
    assert inputs.is_cuttable(str(path), "auto") == (encoding != "utf-16-le")
    if encoding == "utf-16-le":
        return
    cut = whole[3].origin
    parts = [(0, 1, cut.byte), (cut.byte, cut.line, path.stat().st_size)]
    stretches = [raw for part in parts for raw in inputs.read_stretch(str(path), "auto", *part)]
    assert stretches == whole
    assert not any(raw.error for raw in whole)


def test_codec_goes_to_another_process_whole() -> None:
    made = Codec("cp932", "shift_jis", seen={"cp949": b"x"}, like="cp1251")
    again = pickle.loads(pickle.dumps(made))
    assert (again, vars(again)) == (made, vars(made))


def test_wide_file_is_never_in_memory_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        line({"a": "一二三四五六七八九十" * 100}).encode("utf-16")
        + line({"a": "十" * 1000}).encode("utf-16-le") * 8000
    )
    tracemalloc.start()
    count = sum(1 for raw in inputs.read(str(path)) if not raw.error)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 8001
    assert peak < path.stat().st_size / 2


# --------------------------------------------------------------------------------------- real texts


def sentences(encoding: str) -> list[str]:
    """Return real sentences of an encoding; Traditional Chinese from dialogues, joined, for these
    are short.
    """
    if encoding == "big5":
        import yaml

        files = sorted(SHARED.glob("chatterbot_bsd3/traditionalchinese/*.yml"))
        talks = [
            talk
            for path in files
            for talk in yaml.safe_load(path.read_text("utf-8"))["conversations"]
        ]
        text = "".join(str(part) for talk in talks for part in talk)
        return [text[at : at + 60] for at in range(0, len(text) - 60, 60)]
    names = {
        "gb18030": ["zh"],
        "shift_jis": ["ja"],
        "euc_kr": ["ko"],
        "cp1252": ["fr", "de", "es", "it", "pt"],
    }[encoding]
    return [
        text
        for name in names
        for text in (SHARED / f"lingua_apache2/{name}.txt").read_text("utf-8").splitlines()
    ]


def files_of_one_record(encoding: str, size: int) -> Iterator[bytes]:
    """Yield files of one record with `size` characters outside ASCII, in Western European ones of
    all.
    """
    text = " ".join(sentences(encoding)).encode(CODECS[encoding], "ignore").decode(CODECS[encoding])
    counted = (lambda sign: True) if encoding == "cp1252" else (lambda sign: sign > "\u2e80")
    part = ""
    for sign in text[: size * 900]:
        part += sign
        if sum(map(counted, part)) == size:
            if not part.isascii():
                yield line({"instruction": part[: size // 3], "output": part[size // 3 :]}).encode(
                    CODECS[encoding]
                )
            part = ""


@needs_data
@pytest.mark.parametrize(
    ("encoding", "size", "floor"),
    [
        *((encoding, 40, 0.99) for encoding in ("gb18030", "big5", "shift_jis", "euc_kr")),
        *((encoding, 20, 0.97) for encoding in ("gb18030", "big5", "shift_jis", "euc_kr")),
        *((encoding, 10, 0.95) for encoding in ("gb18030", "big5", "euc_kr")),
        ("shift_jis", 10, 0.7),
        *[("cp1252", 100, 0.97), ("cp1252", 40, 0.94), ("cp1252", 20, 0.88)],
    ],
)
def test_real_text_is_told_right(encoding: str, size: int, floor: float) -> None:
    detected = Counter(READ.get(guess(data), "") for data in files_of_one_record(encoding, size))
    assert detected.total() >= 50
    assert detected[encoding] / detected.total() >= floor, detected
    assert (detected[encoding] + detected[""]) / detected.total() >= 0.99, (
        detected
    )  # what is not told right is told not at all


@needs_data
@pytest.mark.parametrize(
    ("codec", "name"),
    [("cp1251", "ru"), ("koi8-r", "ru"), ("cp1256", "ar"), ("cp874", "th"), ("euc-jp", "ja")],
)
def test_real_text_of_other_encodings_is_not_taken_for_these(
    tmp_path: Path, codec: str, name: str
) -> None:
    text = (
        (SHARED / f"lingua_apache2/{name}.txt")
        .read_text("utf-8")
        .encode(codec, "ignore")
        .decode(codec)
    )
    found = read(
        tmp_path / "a.jsonl", "".join(line({"a": part}) for part in text.splitlines()).encode(codec)
    )
    assert {raw.encoding for raw in found} == {""}
    assert all(raw.error or str(raw.value).isascii() for raw in found)


@needs_data
def test_real_gbk_table_is_read_as_when_its_encoding_is_named(tmp_path: Path) -> None:
    data = (SHARED / "toyhom_med_gbk_mit/neike_first1500.gbk.txt").read_bytes()
    found = read(tmp_path / "a.csv", b"title,ask,answer\n" + data)
    assert len(found) > 700
    assert {raw.encoding for raw in found} == {"gb18030"}
    named = read(tmp_path / "a.csv", b"title,ask,answer\n" + data, "gb18030")
    assert [(raw.origin, raw.value, str(raw.error)) for raw in found] == [
        (raw.origin, raw.value, str(raw.error)) for raw in named
    ]


AS_LIKELY = {b"\xc2AB"}  # is 'ÂAB' in cp1252


def utf8_tests() -> Iterator[tuple[str, bytes]]:
    for row in (SHARED / "utf8tests_mit/utf8tests.txt").read_text("utf-8").splitlines():
        kind, _, rest = row.partition(":")[2].partition(":")
        if kind in ("valid hex", "invalid hex") and not row.startswith("#"):
            yield kind.split()[0], bytes.fromhex(rest.partition(":")[0])


@needs_data
@pytest.mark.parametrize(
    ("name", "frame"),
    [("a.jsonl", b'{"a": "%s"}\n'), ("a.json", b'[\n{"a": "%s"}]'), ("a.csv", b'"a"\n"%s"\n')],
)
def test_what_the_utf8_tests_call_invalid_is_not_guessed_at(
    tmp_path: Path, name: str, frame: bytes
) -> None:
    for kind, data in utf8_tests():
        if data and min(data) >= 0x20 and not set(data) & set(b'"\\') and data not in AS_LIKELY:
            (raw,) = read(tmp_path / name, frame % data)
            assert reasons([raw]) == ["" if kind == "valid" else "not valid UTF-8"], data.hex()
            assert raw.error or raw.value == {"a": data.decode()}
