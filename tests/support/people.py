"""People for tests of matching: Chinese and Western households, seen twice and not the same way.

A seed gives the same people. There are twins, parents with a child's initials, widows who moved,
and the errors that registers hold: letters, sounds, swapped parts, lunar days, new phones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from pypinyin import lazy_pinyin

from salus.rights.identity.matching.lunar import lunar_day

NATIONAL, HOSPITAL = "urn:test:national", "urn:test:hospital"
_V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_HAN_FAMILY = (
    "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 罗 高 郑 梁 谢 宋 唐 许 邓 韩 冯 曹 欧阳"
)
_HAN_GIVEN = (
    "伟芳娜敏静丽强磊洋勇艳杰娟涛明超秀霞平刚桂英文辉建国华红玉兰春梅"
    "晓雨子轩萱欣怡佳浩宇晨曦思远志鹏海波雪琳婷嘉俊凯博瑞泽天翔云飞龙"
)
_SAME_SOUND = dict(zip("伟明静娟辉玉文晓子欣佳志宇萱", "玮鸣婧涓晖钰雯筱梓鑫嘉智羽轩", strict=True))
_HAN_STREETS = "中山路 解放街 人民路 建设路 和平街 新华路 长江路 青年路 文化路 光明街 胜利路 东风路"
_HAN_CITIES = (
    ("成都市", "610041"),
    ("苏州市", "215000"),
    ("武汉市", "430060"),
    ("西安市", "710061"),
)
_FAMILY = (
    "Okafor Lindqvist O'Malley Haddad Petrov Schröder Jäger Weiß Müller Núñez Ibáñez Ferrer Castaño"
    " Smith Johnson Brown Taylor Walker Wright Evans Green Baker Hughes Carter Novak Kowalski"
    " Rossi Bianchi Moreau Laurent Dubois Jansen Visser Nielsen Hansen Berg Silva Costa Pereira"
    " Nowak Horvat Nagy Ivanova Sokolov Yilmaz Demir Cohen Levi Singh Patel Khan Ahmed Chaudhry"
)
_FEMALE = (
    "Anna Begoña Paloma Inés Käthe Uta Ngozi Maeve Ebba Samira Olivia Emma Sophie Chloé Lucía Elena"
    " Giulia Martina Ingrid Freya Hanna Zofia Katarzyna Leyla Aisha Fatima Priya Ruth Sarah Grace"
)
_MALE = (
    "Íñigo Raúl Tomás Jürgen Ole Veit Chidi Declan Nils Yusuf Oliver Harry George Noah Louis Hugo"
    " Marco Luca Sven Lars Piotr Jakub Mehmet Omar Bilal Arjun David Samuel Thomas Henry Victor"
)
_STREETS = (
    "Alder Row;Quarry Lane;Mühlgasse;Calle del Olmo;Station Road;Church Street;Mill Lane;Park"
)
_CITIES = (("Port Ellery", "98221"), ("Görlitz", "02826"), ("Gijón", "33201"), ("Cork", "T12X8"))


@dataclass(frozen=True, slots=True)
class Seen:
    """One registration of somebody; `who` is the truth that no program is told."""

    who: int
    is_han: bool
    family: str
    given: str
    sex: str
    born: str
    phone: str
    line: str
    city: str
    postal: str
    national: str
    hospital: str
    is_multiple: bool = False

    def patient(self) -> dict[str, object]:
        """A FHIR Patient."""
        unique = {"coding": [{"system": _V2, "code": "NI"}]}
        numbers: list[dict[str, object]] = [
            {"type": unique, "system": NATIONAL, "value": self.national},
            {"system": HOSPITAL, "value": self.hospital},
        ]
        members: dict[str, object] = {
            "resourceType": "Patient",
            "id": self.hospital,
            "identifier": [each for each in numbers if each["value"]],
            "name": [{"family": self.family, "given": [self.given] if self.given else []}],
            "gender": self.sex,
            "birthDate": self.born,
            "address": [{"line": [self.line], "city": self.city, "postalCode": self.postal}],
        }
        if self.phone:
            members["telecom"] = [{"system": "phone", "value": self.phone}]
        return members | ({"multipleBirthBoolean": True} if self.is_multiple else {})


def register(seed: int, households: int) -> list[Seen]:
    """About three registrations for each household, in no order; some people are there twice."""
    chance = Random(seed)
    found: list[Seen] = []
    number = 0
    for _ in range(households):
        for person in _household(chance):
            known = replace(person, who=number)
            found.append(known)
            number += 1
            if chance.random() < 0.35:
                found.append(_again(chance, known))
    chance.shuffle(found)
    return found


def _household(chance: Random) -> Iterator[Seen]:
    head = _person(chance, is_han=chance.random() < 0.5, years=(1940, 1995))
    yield head
    if chance.random() < 0.5:
        other = _person(chance, is_han=head.is_han, years=(1940, 1995))
        yield _at_home(chance, other, head, keeps_family=head.is_han)
    if chance.random() < 0.5:
        child = _at_home(chance, _person(chance, is_han=head.is_han, years=(1996, 2025)), head)
        if chance.random() < 0.1 and not head.is_han:  # named after the parent
            child = replace(child, given=head.given, sex=head.sex)
        yield child
        if chance.random() < 0.15:
            yield _twin(chance, child)


def _at_home(chance: Random, person: Seen, head: Seen, *, keeps_family: bool = False) -> Seen:
    return replace(
        person,
        family=person.family if keeps_family else head.family,
        phone=head.phone if chance.random() < 0.7 else person.phone,
        line=head.line,
        city=head.city,
        postal=head.postal,
    )


def _twin(chance: Random, child: Seen) -> Seen:
    """Half of them are registered as what they are; some names differ by a letter or a tone."""
    other = _person(chance, is_han=child.is_han, years=(2000, 2001))
    given = other.given
    if chance.random() < 0.1 and (changed := _near_name(child)) != child.given:
        given = changed
    while given == child.given:
        given = _person(chance, is_han=child.is_han, years=(2000, 2001)).given
    return replace(
        child,
        given=given,
        sex=other.sex,
        national=other.national,
        hospital=other.hospital,
        is_multiple=chance.random() < 0.5,
    )


def _near_name(child: Seen) -> str:
    if child.is_han:
        return "".join(_SAME_SOUND.get(each, each) for each in child.given)
    return child.given + "e"


def _person(chance: Random, *, is_han: bool, years: tuple[int, int]) -> Seen:
    sex = chance.choice(("female", "male"))
    days = (date(years[1], 12, 28) - date(years[0], 1, 1)).days
    born = date(years[0], 1, 1) + timedelta(days=chance.randrange(days))
    city, postal = chance.choice(_HAN_CITIES if is_han else _CITIES)
    house, flat = chance.randrange(1, 400), chance.randrange(1, 60)
    street = chance.choice(_HAN_STREETS.split() if is_han else _STREETS.split(";"))
    return Seen(
        who=0,
        is_han=is_han,
        family=chance.choice((_HAN_FAMILY if is_han else _FAMILY).split()),
        given=_given(chance, sex, is_han=is_han),
        sex=sex,
        born=born.isoformat(),
        phone=_phone(chance, is_han=is_han),
        line=f"{street} {house} 号 {flat} 室" if is_han else f"{house} {street}, Apt {flat}",
        city=city,
        postal=postal,
        national=f"{chance.randrange(10**11):011}" if chance.random() < 0.5 else "",
        hospital=f"h{chance.randrange(10**9):09}",
    )


def _given(chance: Random, sex: str, *, is_han: bool) -> str:
    if not is_han:
        return chance.choice((_FEMALE if sex == "female" else _MALE).split())
    return "".join(chance.sample(_HAN_GIVEN, chance.choice((1, 2, 2))))


def _phone(chance: Random, *, is_han: bool) -> str:
    if is_han:
        return f"1{chance.choice('3578')}{chance.randrange(10**9):09}"
    return f"+44 20 {chance.randrange(10**4):04} {chance.randrange(10**4):04}"


"""THE SAME PERSON AGAIN"""


def _again(chance: Random, known: Seen) -> Seen:
    """The same person at another desk: another number there, often an error, sometimes a move."""
    seen = replace(known, hospital=f"h{chance.randrange(10**9):09}")
    if chance.random() < 0.3:
        seen = replace(seen, national="")
    if chance.random() < 0.4:
        seen = chance.choice(_ERRORS)(chance, seen)
    if chance.random() < 0.15:
        seen = _moved(chance, seen)
    if chance.random() < 0.2:
        seen = replace(seen, phone=_phone(chance, is_han=seen.is_han))
    elif chance.random() < 0.1:
        seen = replace(seen, phone="")
    return seen


def _moved(chance: Random, seen: Seen) -> Seen:
    other = _person(chance, is_han=seen.is_han, years=(2000, 2001))
    return replace(seen, line=other.line, city=other.city, postal=other.postal)


def _letter(chance: Random, seen: Seen) -> Seen:
    """A letter is left out, or a character is written as another of the same sound."""
    if seen.is_han:
        changed = "".join(_SAME_SOUND.get(each, each) for each in seen.given)
        return replace(seen, given=changed)
    if chance.random() < 0.5:
        return replace(seen, given=_without_a_letter(chance, seen.given))
    return replace(seen, family=_without_a_letter(chance, seen.family))


def _without_a_letter(chance: Random, text: str) -> str:
    at = chance.randrange(1, len(text))
    return text[:at] + text[at + 1 :] if len(text) > 4 else text


def _swapped_name(_: Random, seen: Seen) -> Seen:
    return replace(seen, family=seen.given, given=seen.family)


def _in_letters(_: Random, seen: Seen) -> Seen:
    if not seen.is_han:
        return replace(seen, family=seen.family.upper(), given=seen.given.upper())
    family, given = ("".join(lazy_pinyin(each)).capitalize() for each in (seen.family, seen.given))
    return replace(seen, family=family, given=given)


def _swapped_day(_: Random, seen: Seen) -> Seen:
    year, month, day = seen.born.split("-")
    return replace(seen, born=f"{year}-{day}-{month}") if int(day) <= 12 else seen


def _part_off(chance: Random, seen: Seen) -> Seen:
    year, month, day = map(int, seen.born.split("-"))
    return replace(
        seen, born=f"{year + chance.choice((-1, 1, 10)):04}-{month:02}-{min(day, 28):02}"
    )


def _lunar(_: Random, seen: Seen) -> Seen:
    day = lunar_day(seen.born)
    is_civil = seen.is_han and day[8:] <= "28"
    return replace(seen, born=day) if is_civil else seen


def _other_sex(_: Random, seen: Seen) -> Seen:
    return replace(seen, sex="male" if seen.sex == "female" else "female")


_ERRORS = (
    _letter,
    _letter,
    _swapped_name,
    _in_letters,
    _swapped_day,
    _part_off,
    _lunar,
    _other_sex,
)
