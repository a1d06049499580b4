"""Names of people and places: our own lists, in several scripts."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Origin:
    """Names and addresses that go together."""

    family: tuple[str, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]  # city, postal code, country
    language: tuple[str, str]
    zone: str
    family_first: bool = False


ORIGINS: Final = (
    Origin(
        family=("李", "王", "欧阳", "陈", "赵"),
        female=("小梅", "静怡", "雨桐", "秀兰"),
        male=("建国", "子轩", "伟", "志强"),
        streets=("中山路 {number} 号", "解放街 {number} 号 2 单元"),
        cities=(("成都市", "610041", "CN"), ("苏州市", "215000", "CN")),
        language=("zh-CN", "Chinese (China)"),
        zone="+08:00",
        family_first=True,
    ),
    Origin(
        family=("Núñez", "Ibáñez", "Castaño", "Ferrer"),
        female=("Ana Lucía", "Begoña", "Inés", "Paloma"),
        male=("Íñigo", "José Ángel", "Raúl", "Tomás"),
        streets=("Calle del Olmo {number}", "Paseo de la Ría {number}, 3.º B"),
        cities=(("Gijón", "33201", "ES"), ("Cádiz", "11001", "ES")),
        language=("es-ES", "Spanish (Spain)"),
        zone="+01:00",
    ),
    Origin(
        family=("Müller-Groß", "Jäger", "Schröder", "Weiß"),
        female=("Käthe", "Annelies", "Jördis", "Uta"),
        male=("Jürgen", "Matthäus", "Ole", "Veit"),
        streets=("Mühlgasse {number}", "Am Südhang {number} a"),
        cities=(("Görlitz", "02826", "DE"), ("Lübeck", "23552", "DE")),
        language=("de-DE", "German (Germany)"),
        zone="+01:00",
    ),
    Origin(
        family=("Okafor", "Lindqvist", "O'Malley", "Haddad", "Petrov"),
        female=("Ngozi", "Maeve", "Ebba", "Samira"),
        male=("Chidi", "Declan", "Nils", "Yusuf"),
        streets=("{number} Alder Row", "{number} Old Quarry Lane, Apt 4"),
        cities=(("Harrowgate Falls", "04401", "US"), ("Port Ellery", "98221", "US")),
        language=("en-US", "English (United States)"),
        zone="-05:00",
    ),
)
HOSPITALS: Final = (
    ("青羊社区医院", 0),
    ("姑苏人民医院", 0),
    ("Hospital de la Ría", 1),
    ("Clínica Santa Olaya", 1),
    ("Klinikum Südhang", 2),
    ("Praxis am Mühltor", 2),
    ("Ellery & Sons Memorial Hospital", 3),
    ("Alder Row Family Clinic", 3),
)
MIDDLE: Final = ("Zoë", "Noëlle", "André", "Søren", "Łucja")
