"""The sides of every model: which organisations can be one, and what it does (pure)."""

from dataclasses import dataclass

from agreements.rules.vocabulary import Capacity, PartyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What an organisation is to an agreement; the first type that is there is it."""

    key: str
    label: str
    types: tuple[PartyType, ...]
    capacities: tuple[Capacity, ...]
    may_lack: bool = False


OWNER, RECIPIENT, LINKER, ANALYST = (
    Capacity.OWNER,
    Capacity.RECIPIENT,
    Capacity.LINKER,
    Capacity.ANALYST,
)
OUTSIDE = (
    PartyType.UNIVERSITY,
    PartyType.IDS_LEAD,
    PartyType.PROVIDER,
    PartyType.COUNTY,
)
CASE_WORKERS = (PartyType.PROVIDER, PartyType.PHA, PartyType.COUNTY)


PHA = Side(
    key="pha",
    label="a housing agency",
    types=(PartyType.PHA,),
    capacities=(OWNER, RECIPIENT),
)
PHA_BESIDE = Side(
    key="pha",
    label="a housing agency",
    types=(PartyType.PHA,),
    capacities=(OWNER,),
    may_lack=True,
)
LINKING_DISTRICT = Side(
    key="district",
    label="a school district",
    types=(PartyType.DISTRICT,),
    capacities=(OWNER, LINKER, ANALYST),
)
DISTRICT = Side(
    key="district",
    label="a school district",
    types=(PartyType.DISTRICT, PartyType.STATE_AGENCY),
    capacities=(OWNER,),
)
ROWS_OWNER = Side(
    key="district",
    label="a school district",
    types=(PartyType.DISTRICT,),
    capacities=(OWNER, LINKER),
)
ROWS_READER = Side(
    key="recipient",
    label="a recipient of the rows",
    types=(*OUTSIDE, PartyType.PHA),
    capacities=(RECIPIENT, ANALYST),
)
CODE_READER = Side(
    key="recipient",
    label="a university or another researcher",
    types=OUTSIDE,
    capacities=(RECIPIENT, ANALYST),
)
RESEARCHER = Side(
    key="recipient",
    label="a university or another researcher",
    types=OUTSIDE,
    capacities=(RECIPIENT, LINKER, ANALYST),
)
CONTRACTOR = Side(
    key="contractor",
    label="a contractor of the district",
    types=OUTSIDE,
    capacities=(RECIPIENT, LINKER, ANALYST),
)
LEAD = Side(
    key="lead",
    label="the lead of an integrated data system",
    types=(PartyType.IDS_LEAD, PartyType.COUNTY, PartyType.UNIVERSITY),
    capacities=(RECIPIENT, LINKER, ANALYST),
)
OWNER_DISTRICT = Side(
    key="district",
    label="a school district",
    types=(PartyType.DISTRICT,),
    capacities=(OWNER, RECIPIENT),
    may_lack=True,
)
OWNER_AGENCY = Side(
    key="pha",
    label="a housing agency",
    types=(PartyType.PHA,),
    capacities=(OWNER, RECIPIENT),
    may_lack=True,
)
PROVIDER = Side(
    key="provider",
    label="a provider",
    types=CASE_WORKERS,
    capacities=(RECIPIENT,),
)
COUNTY = Side(
    key="county",
    label="a county",
    types=(PartyType.COUNTY, PartyType.IDS_LEAD),
    capacities=(RECIPIENT, LINKER, ANALYST),
)
CARE = Side(
    key="care",
    label="a child-welfare agency",
    types=(PartyType.CHILD_WELFARE, PartyType.COUNTY),
    capacities=(RECIPIENT,),
)
CARE_BESIDE = Side(
    key="care",
    label="a child-welfare agency",
    types=(PartyType.CHILD_WELFARE,),
    capacities=(RECIPIENT,),
    may_lack=True,
)
PHA_ALONE = Side(
    key="pha",
    label="a housing agency",
    types=(PartyType.PHA,),
    capacities=(OWNER,),
)
ADDRESS_SENDER = Side(
    key="sender",
    label="a housing agency or the owner of a property",
    types=(PartyType.PHA, PartyType.MULTIFAMILY_OWNER),
    capacities=(OWNER, RECIPIENT),
)
CONSENTED_READER = Side(
    key="recipient",
    label="a recipient",
    types=(PartyType.PHA, PartyType.PROVIDER, *OUTSIDE),
    capacities=(RECIPIENT, ANALYST),
)
