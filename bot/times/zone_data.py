"""Names of time zones that are not in the IANA list."""

# The hours that an abbreviation stands for, and its IANA zones, the likelier first; of several, the
# person has to choose. None where even the hours differ: IST is Indian, Irish and Israeli time.
ABBREVIATIONS: dict[str, tuple[float | None, tuple[str, ...]]] = {
    "utc": (0, ("UTC",)), "gmt": (0, ("UTC",)), "z": (0, ("UTC",)), "zulu": (0, ("UTC",)),
    "wet": (0, ("Europe/Lisbon",)), "west": (1, ("Europe/Lisbon",)),
    "cet": (1, ("Europe/Berlin",)), "cest": (2, ("Europe/Berlin",)),
    "met": (1, ("Europe/Berlin",)), "mest": (2, ("Europe/Berlin",)),
    "mez": (1, ("Europe/Berlin",)), "mesz": (2, ("Europe/Berlin",)),
    "eet": (2, ("Europe/Athens",)), "eest": (3, ("Europe/Athens",)),
    "msk": (3, ("Europe/Moscow",)), "trt": (3, ("Europe/Istanbul",)),
    "sast": (2, ("Africa/Johannesburg",)), "wat": (1, ("Africa/Lagos",)),
    "cat": (2, ("Africa/Maputo",)), "eat": (3, ("Africa/Nairobi",)),
    "idt": (3, ("Asia/Jerusalem",)), "pkt": (5, ("Asia/Karachi",)),
    "npt": (5.75, ("Asia/Kathmandu",)),
    "ict": (7, ("Asia/Bangkok",)), "wib": (7, ("Asia/Jakarta",)), "wita": (8, ("Asia/Makassar",)),
    "wit": (9, ("Asia/Jayapura",)),
    "hkt": (8, ("Asia/Hong_Kong",)), "sgt": (8, ("Asia/Singapore",)), "pht": (8, ("Asia/Manila",)),
    "myt": (8, ("Asia/Kuala_Lumpur",)), "jst": (9, ("Asia/Tokyo",)), "kst": (9, ("Asia/Seoul",)),
    "awst": (8, ("Australia/Perth",)), "acdt": (10.5, ("Australia/Adelaide",)),
    "acst": (9.5, ("Australia/Adelaide", "Australia/Darwin")),
    "aedt": (11, ("Australia/Sydney",)), "aest": (10, ("Australia/Sydney", "Australia/Brisbane")),
    "nzst": (12, ("Pacific/Auckland",)), "nzdt": (13, ("Pacific/Auckland",)),
    "chst": (10, ("Pacific/Guam",)),
    "hst": (-10, ("Pacific/Honolulu",)), "akst": (-9, ("America/Anchorage",)),
    "akdt": (-8, ("America/Anchorage",)),
    "pst": (-8, ("America/Los_Angeles",)), "pdt": (-7, ("America/Los_Angeles",)),
    "mst": (-7, ("America/Denver", "America/Phoenix")), "mdt": (-6, ("America/Denver",)),
    "est": (-5, ("America/New_York", "America/Panama", "America/Jamaica")),
    "edt": (-4, ("America/New_York",)),
    "nst": (-3.5, ("America/St_Johns",)), "ndt": (-2.5, ("America/St_Johns",)),
    "brt": (-3, ("America/Sao_Paulo",)), "art": (-3, ("America/Argentina/Buenos_Aires",)),
    "clt": (-4, ("America/Santiago",)), "clst": (-3, ("America/Santiago",)),
    "cot": (-5, ("America/Bogota",)), "pet": (-5, ("America/Lima",)),
    "uyt": (-3, ("America/Montevideo",)), "bot": (-4, ("America/La_Paz",)),
    "vet": (-4, ("America/Caracas",)),
    "bst": (None, ("Europe/London", "Asia/Dhaka")),
    "ist": (None, ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem")),
    "cst": (None, ("America/Chicago", "Asia/Shanghai", "America/Havana", "America/Mexico_City")),
    "cdt": (None, ("America/Chicago", "America/Havana")),
    "ast": (None, ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh")),
    "adt": (None, ("America/Halifax", "Atlantic/Bermuda")),
    "amt": (None, ("America/Manaus", "Asia/Yerevan")),
    "gst": (None, ("Asia/Dubai", "Atlantic/South_Georgia")),
    "sst": (None, ("Pacific/Pago_Pago", "Asia/Singapore")),
    "ect": (None, ("America/Guayaquil", "Europe/Berlin")),
    "wst": (None, ("Pacific/Apia", "Australia/Perth")),
}  # fmt: skip

# Cities, states and regions, without accents; for a name in two rows, the person has to choose.
PLACES = {
    "UTC": "greenwich mean, coordinated universal, universal",
    "Africa/Cairo": "alexandria, giza",
    "Africa/Casablanca": "rabat, marrakesh, marrakech, fez, tangier",
    "Africa/Johannesburg": "cape town, durban, pretoria, soweto",
    "Africa/Lagos": "abuja, kano, ibadan",
    "Africa/Nairobi": "mombasa",
    "America/Anchorage": "alaska, fairbanks",
    "America/Argentina/Buenos_Aires": "rosario, la plata",
    "America/Argentina/Cordoba": "cordoba",
    "America/Bogota": "medellin, cali, cartagena, barranquilla",
    "America/Caracas": "maracaibo, valencia",
    "America/Chicago": "ct, central, central time, us central, us central time, texas, illinois, "
    "wisconsin, minnesota, iowa, missouri, alabama, mississippi, louisiana, oklahoma, arkansas, "
    "houston, dallas, austin, san antonio, fort worth, minneapolis, milwaukee, st louis, "
    "new orleans, memphis, nashville, kansas city, oklahoma city, omaha, birmingham",
    "America/Costa_Rica": "san jose",
    "America/Denver": "mt, mountain, mountain time, us mountain, us mountain time, colorado, utah, "
    "wyoming, new mexico, montana, salt lake city, albuquerque, colorado springs, el paso",
    "America/Edmonton": "calgary, alberta",
    "America/Guayaquil": "quito",
    "America/Halifax": "atlantic time, nova scotia",
    "America/Los_Angeles": "pt, pacific, pacific time, us pacific, us pacific time, california, "
    "washington state, nevada, washington, la, l a, san francisco, sf, san diego, san jose, "
    "seattle, portland, las vegas, sacramento, oakland, silicon valley, bay area, hollywood, "
    "long beach, fresno",
    "America/Mexico_City": "cdmx, guadalajara, puebla",
    "America/New_York": "et, eastern, eastern time, us eastern, us eastern time, nyc, "
    "new york city, ny, n y, newyork, new jersey, pennsylvania, massachusetts, virginia, maryland, "
    "ohio, north carolina, south carolina, connecticut, georgia, washington dc, washington d c, "
    "washington, boston, philadelphia, atlanta, miami, orlando, tampa, baltimore, charlotte, "
    "pittsburgh, cleveland, columbus, cincinnati, brooklyn, manhattan, raleigh, buffalo, portland, "
    "jacksonville, richmond, cambridge",
    "America/Phoenix": "arizona, tucson, scottsdale",
    "America/Sao_Paulo": "rio, rio de janeiro, brasilia, belo horizonte, curitiba, porto alegre, "
    "salvador",
    "America/St_Johns": "newfoundland",
    "America/Toronto": "ottawa, montreal, quebec, quebec city, ontario, mississauga, hamilton",
    "America/Vancouver": "british columbia, bc",
    "America/Winnipeg": "manitoba",
    "Asia/Dubai": "gulf, abu dhabi, sharjah",
    "Asia/Ho_Chi_Minh": "hanoi, ha noi, saigon, ho chi minh city, da nang",
    "Europe/Istanbul": "ankara, izmir, bursa, antalya",
    "Asia/Jakarta": "bandung, surabaya",
    "Asia/Jerusalem": "haifa",
    "Asia/Karachi": "lahore, islamabad, rawalpindi, faisalabad",
    "Asia/Kathmandu": "pokhara",
    "Asia/Kolkata": "india time, indian, mumbai, bombay, delhi, new delhi, bangalore, bengaluru, "
    "hyderabad, chennai, madras, pune, ahmedabad, jaipur, lucknow, surat, kochi, noida, gurgaon, "
    "gurugram",
    "Asia/Makassar": "bali, denpasar",
    "Asia/Manila": "quezon city, cebu, davao",
    "Asia/Riyadh": "arabian, jeddah, mecca, medina",
    "Asia/Seoul": "busan, incheon",
    "Asia/Shanghai": "beijing, peking, shenzhen, guangzhou, canton, chengdu, wuhan, tianjin, "
    "hangzhou, nanjing, xian",
    "Asia/Taipei": "kaohsiung",
    "Asia/Tbilisi": "georgia",
    "Asia/Tokyo": "osaka, kyoto, yokohama, nagoya, sapporo, fukuoka, kobe, hiroshima",
    "Asia/Yangon": "mandalay",
    "Australia/Adelaide": "south australia",
    "Australia/Brisbane": "gold coast, cairns, queensland",
    "Australia/Perth": "western australia",
    "Australia/Sydney": "canberra, australian eastern, newcastle, new south wales",
    "Australia/Lord_Howe": "lord howe island",
    "Europe/Amsterdam": "rotterdam, the hague, utrecht, eindhoven",
    "Europe/Athens": "thessaloniki, eastern european time",
    "Europe/Berlin": "central european time, central european summer time, hamburg, munich, "
    "munchen, muenchen, frankfurt am main, cologne, koln, koeln, frankfurt, stuttgart, dusseldorf, "
    "duesseldorf, leipzig, dresden, hannover, hanover, nuremberg, nurnberg, nuernberg, bremen, "
    "bonn, essen, dortmund, karlsruhe, mannheim, freiburg",
    "Europe/Brussels": "antwerp, ghent, bruges",
    "Europe/Copenhagen": "kobenhavn, aarhus",
    "Europe/Dublin": "irish, cork, galway",
    "Europe/Helsinki": "tampere, espoo",
    "Europe/Kyiv": "kharkiv, odesa, odessa, lviv, dnipro",
    "Europe/Lisbon": "porto, lisboa",
    "Europe/London": "uk time, british time, british, newcastle, england, scotland, wales, "
    "northern ireland, manchester, birmingham, liverpool, leeds, sheffield, bristol, edinburgh, "
    "glasgow, cardiff, belfast, oxford, cambridge, nottingham",
    "Europe/Madrid": "barcelona, valencia, seville, sevilla, malaga, bilbao, zaragoza, cordoba",
    "Europe/Moscow": "moskva, st petersburg, saint petersburg",
    "Europe/Oslo": "bergen, trondheim, stavanger, tromso",
    "Europe/Paris": "lyon, marseille, nice, toulouse, bordeaux, lille, nantes, strasbourg",
    "Europe/Prague": "praha, brno",
    "Europe/Rome": "roma, milan, milano, naples, napoli, turin, torino, florence, firenze, venice, "
    "venezia, bologna, palermo, genoa",
    "Europe/Stockholm": "gothenburg, goteborg, malmo, uppsala",
    "Europe/Vienna": "wien, graz, salzburg, linz, innsbruck",
    "Europe/Warsaw": "warszawa, krakow, cracow, wroclaw, poznan, gdansk, lodz",
    "Europe/Zurich": "zuerich, geneva, geneve, genf, basel, bern, berne, lausanne, lucerne",
    "Pacific/Apia": "samoa",
    "Pacific/Auckland": "wellington, christchurch, hamilton",
    "Pacific/Chatham": "chatham islands",
    "Pacific/Easter": "easter island",
    "Pacific/Honolulu": "hawaii, hawaii time",
}

# In addition to the names in iso3166.tab.
COUNTRIES = {
    "DE": "deutschland", "AT": "osterreich, oesterreich", "CH": "schweiz, suisse, svizzera",
    "ES": "espana", "IT": "italia", "BR": "brasil", "PL": "polska", "AE": "uae, emirates",
    "BA": "bosnia", "CD": "dr congo, drc", "CI": "ivory coast", "CV": "cabo verde",
    "CZ": "czechia", "GB": "uk, united kingdom, great britain, britain", "KP": "north korea",
    "KR": "south korea, korea", "MK": "macedonia", "MM": "burma, myanmar", "MO": "macao",
    "NL": "holland, the netherlands", "PH": "the philippines", "SZ": "swaziland, eswatini",
    "TR": "turkiye", "US": "usa, u s a, u s, america, united states of america, the us, the usa",
    "VA": "vatican", "VN": "viet nam", "TT": "trinidad", "AG": "antigua", "AR": "argentine",
    "RU": "russian federation",
}  # fmt: skip

# Zones without daylight saving whose offset is no whole hour, by its minutes.
ODD_OFFSETS = {
    -570: "Pacific/Marquesas", 210: "Asia/Tehran", 270: "Asia/Kabul", 330: "Asia/Kolkata",
    345: "Asia/Kathmandu", 390: "Asia/Yangon", 525: "Australia/Eucla", 570: "Australia/Darwin",
}  # fmt: skip
