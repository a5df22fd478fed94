"""Words the shop's data is made of, in two catalogues of equal shape."""

from dataclasses import dataclass

STATUSES = ("Complete", "Pending", "Processing", "Canceled")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Word lists of one shop. Equal shapes, so that swapping catalogues renames things and nothing else.

    `families` are product names of which every one has a twin that adds a suffix; `pairs` are surnames
    of which the second begins with the first.
    """

    brands: tuple[str, ...]
    things: tuple[str, ...]
    suffixes: tuple[str, ...]
    categories: tuple[str, ...]
    first_names: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    praise: tuple[str, ...]
    complaints: tuple[str, ...]
    words: tuple[str, ...]


OUTDOOR = Catalogue(
    brands=("Alder", "Borealis", "Cinder", "Drift", "Ember", "Fjord", "Granite", "Harbor", "Inlet", "Juniper"),
    things=("Trail Jacket", "Rain Shell", "Wool Hat", "Day Pack", "Camp Stove", "Hiking Sock", "Fleece Vest"),
    suffixes=("Lite", "Plus", "Junior"),
    categories=("Jackets", "Packs", "Accessories", "Camping"),
    first_names=("Nora", "Tom", "Ivy", "Omar", "Lena", "Hugo", "Maya", "Felix", "Ruth", "Theo", "Anna", "Karl"),
    pairs=(
        ("Lind", "Lindgren"),
        ("Berg", "Bergman"),
        ("Hart", "Hartley"),
        ("Stone", "Stoneman"),
        ("Park", "Parker"),
        ("Wood", "Woodward"),
        ("Ross", "Rossini"),
        ("Carl", "Carlsson"),
        ("Mill", "Miller"),
    ),
    surnames=("Okafor", "Tanaka", "Petrov", "Alvarez", "Novak", "Haddad", "Moreau", "Kowal", "Silva", "Dube"),
    streets=("Hill Road", "Mill Lane", "Oak Avenue", "Station Street", "Canal Walk", "Garden Row"),
    cities=("Ashford", "Brookfield", "Carlow", "Dunmore", "Easton", "Fairview"),
    praise=("Fits well and feels solid.", "Would buy it again.", "Kept me warm all day.", "Better than expected."),
    complaints=("The seam opened after a week.", "It came in the wrong color.", "Too small for me."),
    words=("zipper", "lightweight", "waterproof", "disappointed", "pocket", "refund"),
)

KITCHEN = Catalogue(
    brands=("Marlow", "Nimbus", "Orchard", "Pepper", "Quarry", "Russet", "Saffron", "Tundra", "Umber", "Verdant"),
    things=("Sauce Pan", "Bread Knife", "Tea Kettle", "Salad Bowl", "Spice Rack", "Oven Glove", "Cutting Board"),
    suffixes=("Mini", "Pro", "Classic"),
    categories=("Pots", "Knives", "Tableware", "Textiles"),
    first_names=("Clara", "Ben", "Zoe", "Amir", "Elsa", "Jonas", "Priya", "Oscar", "June", "Leo", "Sara", "Paul"),
    pairs=(
        ("Ander", "Anderson"),
        ("Bell", "Bellamy"),
        ("Cross", "Crossley"),
        ("Dal", "Dalton"),
        ("Ever", "Everett"),
        ("Ford", "Fordham"),
        ("Gold", "Goldberg"),
        ("Holm", "Holmgren"),
        ("King", "Kingsley"),
    ),
    surnames=("Iqbal", "Jansen", "Kimura", "Lopez", "Mensah", "Nagy", "Oduya", "Popov", "Quinn", "Rahman"),
    streets=("River Road", "Church Lane", "Elm Avenue", "Market Street", "Meadow Walk", "Castle Row"),
    cities=("Glenby", "Hatfield", "Ilford", "Kendal", "Langley", "Newbury"),
    praise=("Sits well in the hand.", "Would order it again.", "Looks great on the table.", "Better than its price."),
    complaints=("The handle came loose after a week.", "It arrived with a dent.", "Too small for us."),
    words=("handle", "dishwasher", "rust", "unhappy", "lid", "sturdy"),
)

CATALOGUES = {"outdoor": OUTDOOR, "kitchen": KITCHEN}
