# ruff: noqa: SIM905  words read better as words
"""Invented people and companies: the vocabulary that worlds are made from."""

from __future__ import annotations

FIRST_NAMES = tuple(
    """Amara Anders Aiko Bastian Beatriz Camille Carlos Chidi Clara Dagny Dario Divya Eamon Elif Emeka Farah Felix
    Fiona Gael Greta Hana Henrik Ibrahim Ines Ivo Jana Joon Kavya Keiko Kofi Lamar Leila Linnea Lucia Magnus Malik
    Mara Mateo Mei Milan Nadia Niamh Nils Noor Olga Omar Paula Pavel Priya Quentin Ravi Renata Rosa Samir Sanna Sofia
    Tariq Thandi Tomas Uma Valentin Vera Viktor Wanjiru Xenia Yara Yusuf Zainab Zoltan""".split()
)
LAST_NAMES = tuple(
    """Abara Achterberg Almeida Baptiste Bergstrom Bianchi Calloway Castellanos Chaudhry Dahl Delacroix Demir Eklund
    Escobar Farouk Fitzgerald Fontaine Gallagher Goldberg Haddad Hartmann Ivanova Iyer Jansen Jovanovic Kaplan Kimura
    Kowalski Laurent Lindqvist Mahlangu Marchetti Mbeki Moreau Nakamura Nguyen Novak Oduya Okafor Olsen Papadakis
    Petrova Quiroga Ramaswamy Reyes Rossi Sandoval Sato Schreiber Silva Sorensen Takahashi Tanaka Tran Ueda Vasquez
    Vermeer Weiss Whitfield Yamamoto Yilmaz Zhao Zielinski""".split()
)

ORGANIZATIONS = (
    ("acme-robotics", "Acme Robotics", "Robot arms that do not spill coffee"),
    ("northwind-labs", "Northwind Labs", "Weather models for wind farms"),
)
SAML_ORGANIZATION = ("sealed-harbor", "Sealed Harbor", "Freight insurance, behind single sign-on")
COMPANY_FIRST = (
    "Bluefin",
    "Cinder",
    "Juniper",
    "Lantern",
    "Meridian",
    "Quarry",
    "Redwood",
    "Tidewater",
    "Umber",
    "Vantage",
)
COMPANY_SECOND = ("Analytics", "Foods", "Freight", "Health", "Insurance", "Maps", "Media", "Optics", "Power", "Works")

REPOSITORY_FIRST = tuple(
    """arm billing booking calibration catalog checkout claims data device docs edge firmware forecast fleet gateway
    gripper identity inventory ledger mobile motion notification onboarding order payment planner pricing report
    scheduler search sensor simulator support telemetry turbine vision warehouse web""".split()
)
REPOSITORY_SECOND = tuple(
    """agent api app backend client core dashboard deploy docs etl frontend infra integration jobs library models
    operator pipeline proxy sdk service terraform tests tools worker""".split()
)
LANGUAGES = ("Python", "Go", "TypeScript", "Rust", "HCL", "C++", "Kotlin", None)
TEAMS = ("Platform", "Security", "Data", "Mobile", "Firmware", "Web", "Customer support", "Release", "Field operations")
