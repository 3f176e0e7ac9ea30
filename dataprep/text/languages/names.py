"""The languages that can be detected, by script: ISO 639 codes and English names.

fastText's model knows them (lid.176, https://fasttext.cc/docs/en/language-identification.html);
constructed languages are left out. They are not a data file, because every command reads them.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataprep.errors import DataprepError

UNKNOWN = "und"
"""ISO 639-2's code for an undetermined language."""

LATIN = """
    af Afrikaans, als Alemannic, an Aragonese, ast Asturian, az Azerbaijani, bar Bavarian,
    bcl Central Bikol, br Breton, bs Bosnian, ca Catalan, ceb Cebuano, co Corsican, cs Czech,
    cy Welsh, da Danish, de German, diq Zazaki, dsb Lower Sorbian, eml Emilian, en English,
    eo Esperanto, es Spanish, et Estonian, eu Basque, fi Finnish, fr French, frr North Frisian,
    fy West Frisian, ga Irish, gd Scottish Gaelic, gl Galician, gn Guarani, gv Manx,
    hif Fiji Hindi, hr Croatian, hsb Upper Sorbian, ht Haitian, hu Hungarian, id Indonesian,
    ilo Iloko, is Icelandic, it Italian, jv Javanese, ku Kurdish, kw Cornish, la Latin,
    lb Luxembourgish, li Limburgish, lmo Lombard, lt Lithuanian, lv Latvian, mg Malagasy,
    min Minangkabau, ms Malay, mt Maltese, mwl Mirandese, nah Nahuatl, nap Neapolitan,
    nds Low German, nl Dutch, nn Norwegian Nynorsk, no Norwegian, oc Occitan, pam Kapampangan,
    pfl Palatine German, pl Polish, pms Piedmontese, pt Portuguese, qu Quechua, rm Romansh,
    ro Romanian, sc Sardinian, scn Sicilian, sco Scots, sk Slovak, sl Slovenian, so Somali,
    sq Albanian, sr Serbian, su Sundanese, sv Swedish, sw Swahili, tk Turkmen, tl Tagalog,
    tr Turkish, uz Uzbek, vec Venetian, vep Veps, vi Vietnamese, vls West Flemish, wa Walloon,
    war Waray, yo Yoruba
"""
CYRILLIC = """
    av Avaric, ba Bashkir, be Belarusian, bg Bulgarian, bxr Buryat, ce Chechen, cv Chuvash,
    kk Kazakh, krc Karachay-Balkar, kv Komi, ky Kyrgyz, lez Lezghian, mhr Eastern Mari,
    mk Macedonian, mn Mongolian, mrj Western Mari, myv Erzya, os Ossetian, ru Russian, rue Rusyn,
    sah Yakut, sr Serbian, tg Tajik, tt Tatar, tyv Tuvan, uk Ukrainian, uz Uzbek, xal Kalmyk
"""
ARABIC = """
    ar Arabic, azb South Azerbaijani, ckb Central Kurdish, fa Persian, lrc Northern Luri,
    mzn Mazanderani, pnb Western Punjabi, ps Pashto, sd Sindhi, ug Uyghur, ur Urdu
"""
DEVANAGARI = """
    bh Bihari, dty Dotyali, gom Goan Konkani, hi Hindi, mai Maithili, mr Marathi, ne Nepali,
    new Newari, sa Sanskrit
"""
WRITTEN = {
    "latin": LATIN,
    "cyrillic": CYRILLIC,
    "arabic": ARABIC,
    "devanagari": DEVANAGARI,
    "han": "zh Chinese, ja Japanese",
    "hangul": "ko Korean",
    "greek": "el Greek",
    "hebrew": "he Hebrew, yi Yiddish",
    "armenian": "hy Armenian",
    "georgian": "ka Georgian, xmf Mingrelian",
    "bengali": "bn Bengali, as Assamese, bpy Bishnupriya",
    "gurmukhi": "pa Punjabi",
    "gujarati": "gu Gujarati",
    "oriya": "or Odia",
    "tamil": "ta Tamil",
    "telugu": "te Telugu",
    "kannada": "kn Kannada",
    "malayalam": "ml Malayalam",
    "sinhala": "si Sinhala",
    "thaana": "dv Divehi",
    "ethiopic": "am Amharic",
    "thai": "th Thai",
    "lao": "lo Lao",
    "burmese": "my Burmese",
    "khmer": "km Khmer",
    "tibetan": "bo Tibetan",
}


LANGUAGES: Mapping[str, Mapping[str, str]] = {
    script: dict(item.strip().split(" ", 1) for item in words.split(","))
    for script, words in WRITTEN.items()
}
"""The names of the languages of each script, by code."""
VARIANTS = {"zh-hans": "Chinese, simplified", "zh-hant": "Chinese, traditional"}
NAMES: Mapping[str, str] = {
    **{code: name for languages in LANGUAGES.values() for code, name in languages.items()},
    **VARIANTS,
    UNKNOWN: "cannot be told",
}
"""The codes that a recipe may use: every language, both scripts of Chinese, and `und`."""
SAME = {"arz": "ar", "sh": "hr"}
"""fastText's codes that another code includes: Egyptian Arabic, and Serbo-Croatian in Latin script.
"""
ALIASES = {
    "cn": "zh",
    "chs": "zh-hans",
    "cht": "zh-hant",
    "gb": "en",
    "iw": "he",
    "jp": "ja",
    "kr": "ko",
    "mandarin": "zh",
    "nb": "no",
    "simplified": "zh-hans",
    "tw": "zh-hant",
    "traditional": "zh-hant",
    "ua": "uk",
    "us": "en",
    "vn": "vi",
    "zh-cn": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
}
"""Other names for a code: country codes, older codes, and words."""


def check_code(code: str) -> None:
    """Raise `DataprepError` with the nearest code if a recipe may not use this one."""
    if code not in NAMES:
        near = code_of(code)
        raise DataprepError(
            f"no language '{code}'; "
            + (f"did you mean '{near}'?" if near else "expected ISO 639 codes")
        )


def code_of(word: str) -> str:
    """Return the code for a name, an alias or a code, "" if it is unknown."""
    word = word.strip().lower().replace("_", "-")
    codes = (
        {name.lower(): code for code, name in NAMES.items()}
        | ALIASES
        | {code: code for code in NAMES}
    )
    return codes.get(word) or codes.get(word.partition("-")[0], "")
