"""A small study of another region: the South Caucasus and the European Union, with invented records."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "study.toml": """
id = "caucasus"
title = "South Caucasus and the European Union"
question = "What would faster borders be worth?"
[region]
name = "South Caucasus"
demonym = "South Caucasian"
code = "SC"
economies = ["ARM", "AZE", "GEO"]
[[partner]]
id = "EU"
name = "European Union"
economies = ["eu27"]
lead = true
[[partner]]
id = "TUR"
name = "Türkiye"
economies = ["TUR"]
[settings]
headline = "faster"
as_of = 2026-06-30
[depth]
any = "older"
[assumptions.older]
value = 0.3
low = 0.1
high = 0.5
shape = "triangular"
unit = "share of a full agreement"
basis = "assumed"
source = "assumed: for a test"
""",
    "scenarios/00_today.toml": """
id = "today"
title = "Today"
label = "Today"
question = "Where does the region stand?"
rung = 0
""",
    "scenarios/10_faster.toml": """
id = "faster"
title = "Faster borders between the three"
label = "Faster"
question = "What if half of the waiting went away?"
rung = 1
builds_on = "today"
legal = "possible_now"
[[measure]]
kind = "border_hours"
name = "Half of the hours"
feasibility = "Each government can do it."
between = ["region"]
[measure.cut]
value = 0.5
low = 0.3
high = 0.7
shape = "triangular"
unit = "share of hours and fees"
basis = "assumed"
source = "assumed: for a test"
""",
    "borders.csv": """\
exporter,importer,hours,hours_low,hours_high,fee_usd,fee_low_usd,fee_high_usd,basis,source
ARM,GEO,6,3,12,50,25,100,assumed,for a test
GEO,ARM,6,3,12,50,25,100,assumed,for a test
AZE,GEO,9,4,18,80,40,160,assumed,for a test
GEO,AZE,9,4,18,80,40,160,assumed,for a test
GEO,outside,5,2,10,50,25,100,assumed,for a test
outside,GEO,5,2,10,50,25,100,assumed,for a test
""",
    "formats.csv": """id,name,partner,members,since,basis
ep,Partnership,EU,SC,2009,from memory
""",
    "meetings.csv": """id,format,date,level,state,title,basis
ep-next,ep,2026-11,summit,scheduled,Next summit,from memory
""",
    "commitments.csv": """\
id,format,date,level,partner,parties,direction,summary,areas,kind,amount,currency,countries,grade,due,sources
E-1,ep,2025,summit,EU,European Union,EU>SC,Regional package,all,target,1000000000,EUR,SC,A,2027,https://example.org/1
E-2,ep,2025,summit,EU,European Union,EU>GEO,Port loan,connectivity,contract,200000000,EUR,GEO,A,2026-03,https://example.org/2
T-1,bilateral,2024,bilateral,TUR,Türkiye,TUR>AZE,Solar plant,green,memorandum,300000000,USD,AZE,C,,https://example.org/3
""",
    "milestones.csv": """id,commitment,title,owner,due
m,E-2,First ship,European Union,2026-12
""",
    "projects.csv": """\
id,title,description,status,sector,serai/countries,serai/area,serai/cost_usd_m,serai/cost_basis,serai/start_year,\
serai/end_year,serai/sponsor,serai/use,serai/sources
port,Deep sea port,A port,preparation,transport.water,GEO,connectivity,600,total,2026,2030,State,candidate,https://example.org/4
sun,Solar plant,Panels,implementation,energy.solar,AZE,green,300,total,2025,2027,A company,candidate,https://example.org/5
road,North-south road,Asphalt,preparation,transport.road,ARM; GEO,connectivity,,,2026,2029,,candidate,https://example.org/6
""",
    "sizes.csv": """project,capacity_mw,energy_gwh,length_km,scopes
port,,,,works
sun,230,500,,works
road,,,120,works
""",
    "answers.csv": """project,question,low,high,evidence,url,dated,grade
sun,project_name,1,1,page 1,https://example.org/5,2025,high
port,project_name,1,1,page 1,https://example.org/4,2025,high
""",
    "rates.csv": """quote,when,value,low,high,basis,source
USD per EUR,2025,1.1,,,assumed,for a test
USD per EUR,2026,1.15,,,assumed,for a test
""",
}


def write_other_study(folder: Path) -> Path:
    """Write every file; the folder is made."""
    (folder / "scenarios").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
