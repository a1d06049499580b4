"""The agreement behind an offer: one text in English and in Chinese, hashed with a salt.

What a contract cannot check of the Data Use Ontology is a duty here. Source: exchange-and-lending,
section 5, and DUO of GA4GH.
"""

# ruff: noqa: RUF001 - the Chinese text has the punctuation of Chinese

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Digest, record_text
from salus.rights.consent.licensing.model import Duo, Region, names_of
from salus.rights.records.sections import SECTIONS
from salus.services.exchange.model.offer import Flag, Kind, Offer, codes, has_term

UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Text:
    """One agreement in two languages that say the same; where they differ, the English counts."""

    english: str
    chinese: str


KINDS: Mapping[Kind, Text] = {
    Kind.SALE: Text(
        "The seller hands over the token: control of its licensing, and its income.",
        "出售方移交该凭证，即其许可的控制权和收入。",
    ),
    Kind.PERPETUAL: Text(
        "The licensee may use for ever the versions up to the one at purchase.",
        "被许可方可永久使用截至购买时的各个版本。",
    ),
    Kind.EXCLUSIVE: Text(
        "The licensee alone may use the sections until its license ends.",
        "在许可终止前，只有该被许可方可以使用这些部分。",
    ),
    Kind.SUBSCRIPTION: Text(
        "The licensee may use every version that is published before its license ends.",
        "被许可方可使用在许可终止前发布的每个版本。",
    ),
}
DUTIES: Mapping[Duo, Text] = {
    Duo.NRES: Text("No restriction of the purpose.", "对用途没有限制。"),
    Duo.HMB: Text(
        "Use for health, medical or biomedical research only.",
        "仅用于健康、医学或生物医学研究。",
    ),
    Duo.DS: Text("Use for research on {disease} only.", "仅用于{disease}的研究。"),
    Duo.POA: Text(
        "Use for research on population origins or ancestry only.",
        "仅用于人群起源或祖源研究。",
    ),
    Duo.GRU: Text("Use for general research.", "用于一般研究。"),
    Duo.RS: Text(
        "Use for the kind of research that was agreed in writing only.",
        "仅用于书面约定的研究类型。",
    ),
    Duo.NMDS: Text("No use for the development of methods.", "不得用于方法开发。"),
    Duo.GSO: Text("Use for genetic studies only.", "仅用于遗传学研究。"),
    Duo.NPUNCU: Text(
        "Use by organizations that are not for profit, and not commercially.",
        "仅限非营利组织作非商业使用。",
    ),
    Duo.PUB: Text(
        "Results are published where everybody can read them.",
        "研究结果须公开发表，供所有人阅读。",
    ),
    Duo.COL: Text(
        "Work together with the primary investigator.",
        "须与主要研究者合作。",
    ),
    Duo.IRB: Text(
        "An ethics board has approved the use, and the approval is in date.",
        "该使用须经伦理委员会批准，且批准在有效期内。",
    ),
    Duo.GS: Text("Use within the named regions only.", "仅在所列地区内使用。"),
    Duo.MOR: Text(
        "No publication before the date that was agreed in writing.",
        "在书面约定的日期之前不得发表。",
    ),
    Duo.TS: Text(
        "Delete what was received when the license ends.",
        "许可终止时须删除所获得的内容。",
    ),
    Duo.US: Text("Use by the approved persons only.", "仅限经批准的人员使用。"),
    Duo.PS: Text("Use for the approved project only.", "仅用于经批准的项目。"),
    Duo.IS: Text("Use at the approved institution only.", "仅限在经批准的机构内使用。"),
    Duo.RTN: Text(
        "Results and derived data are given back to the seller.",
        "结果和衍生数据须返还出售方。",
    ),
    Duo.CC: Text("Use for clinical care as well.", "也可用于临床诊疗。"),
    Duo.NPOA: Text(
        "No research on population origins or ancestry.",
        "不得用于人群起源或祖源研究。",
    ),
    Duo.NPO: Text("Use by organizations that are not for profit only.", "仅限非营利组织使用。"),
    Duo.NCU: Text("No commercial use.", "不得作商业使用。"),
}
ALWAYS: tuple[Text, ...] = (
    Text(
        "The licensee does not try to find out who the patient is, and passes nothing on but by a"
        " sublicense.",
        "被许可方不得试图识别患者身份；除再许可外，不得向他人传递内容。",
    ),
    Text(
        "The patient may close a section or end a license at any time. Then all use ends at once,"
        " and what was paid ahead and not earned is given back.",
        "患者可随时关闭任一部分或终止许可。届时一切使用立即停止，预付而未赚取的款项予以退还。",
    ),
    Text(
        "Data that was removed by the patient is deleted by the licensee as well.",
        "患者移除的数据，被许可方也须删除。",
    ),
)


def agreement_of(offer: Offer, *, disease: str = "") -> Text:
    """What a licensee of an offer agrees to. `disease` is that of DS."""
    terms = [term for term in Duo if offer.duo >> term & 1]
    duties = [_filled(DUTIES[term], disease) for term in terms]
    said = [_heading(offer), KINDS[offer.kind], _prices(offer), _uses(offer), *_ways(offer)]
    return Text(
        "\n".join(each.english for each in (*said, *duties, *ALWAYS)),
        "\n".join(each.chinese for each in (*said, *duties, *ALWAYS)),
    )


def agreement_bytes(text: Text) -> bytes:
    """The text as it is hashed and kept: canonical JSON."""
    return canonical_bytes(text)


def agreement_hash(salt: Digest, kept: bytes) -> Digest:
    """SHA-256(T"salus/agreement/1" || salt 32 || canonical JSON of both texts)."""
    return Digest(H(TAG("salus/agreement/1"), salt, kept))


def _heading(offer: Offer) -> Text:
    token, seller = record_text_of(offer), to_hex(offer.seller)
    day = datetime.fromtimestamp(offer.until, UTC).date().isoformat()
    return Text(
        f"Agreement on the use of {token}, offered by {seller} until {day}.",
        f"关于使用 {token} 的协议，由 {seller} 提供，有效期至 {day}。",
    )


def record_text_of(offer: Offer) -> str:
    """The record, and the section where the token is that of a section."""
    section = offer.token & 0xFF
    whole = record_text(offer.token >> 8)  # type: ignore[arg-type]
    return f"{whole}/{SECTIONS[section]}" if section else whole


def _prices(offer: Offer) -> Text:
    if offer.kind is Kind.SALE:
        return Text(f"Price: {_amount(offer.prices[0])}.", f"价格：{_amount(offer.prices[0])}。")
    listed = ", ".join(
        f"{SECTIONS[code]} {_amount(price)}"
        for code, price in zip(codes(offer.mask), offer.prices, strict=True)
    )
    whole = Flag.WHOLE in offer.flags
    return Text(
        f"Prices for a day: {listed}{', all together only' if whole else ''}.",
        f"每日价格：{listed}{'，仅可一并取得' if whole else ''}。",
    )


def _uses(offer: Offer) -> Text:
    uses, regions = ", ".join(names_of(offer.uses)), ", ".join(names_of(offer.regions))
    anywhere = Region.ANY in offer.regions
    return Text(
        f"Uses: {uses}. Where: {'anywhere' if anywhere else regions}.",
        f"用途：{uses}。地区：{'不限' if anywhere else regions}。",
    )


def _ways(offer: Offer) -> list[Text]:
    """What only some offers have: a term, and sublicenses."""
    found = []
    if has_term(offer.kind):
        found.append(
            Text(
                f"A license lasts from {offer.min_days} to {offer.max_days} days, and ends at"
                " midnight UTC. It can be renewed while the offer is open, and canceled once"
                f" {offer.min_days} days are over.",
                f"许可期限为 {offer.min_days} 至 {offer.max_days} 天，于协调世界时零点终止。"
                f"要约有效期内可续期；满 {offer.min_days} 天后可取消。",
            )
        )
    if offer.sublicense_depth:
        share = f"{offer.sublicense_bps // 100}.{offer.sublicense_bps % 100:02} %"
        found.append(
            Text(
                f"Sublicenses: {offer.sublicense_depth} deep, each for {share} of the price more.",
                f"再许可：至多 {offer.sublicense_depth} 级，每次另付价格的 {share}。",
            )
        )
    return found


def _filled(text: Text, disease: str) -> Text:
    return Text(text.english.format(disease=disease), text.chinese.format(disease=disease))


def _amount(units: int) -> str:
    whole, part = divmod(units, UNIT)
    return f"{whole}.{f'{part:06}'.rstrip('0').ljust(2, '0')}"
