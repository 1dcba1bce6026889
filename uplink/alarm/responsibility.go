package alarm

import "slices"

// Classes returns every asset class.
func Classes() []Class {
	return []Class{Switch, Access, Internet, RegionCore, Sjunet, Service, RoomPower, Cooling,
		Water, Fire, Door, Lock, Cabling, Outlet, Printer, Monitor}
}

// Kinds returns every kind of site.
func Kinds() []SiteKind { return []SiteKind{RegionRun, Private, Physiotherapy} }

// Parties returns every party.
func Parties() []Party { return []Party{RegionIT, PropertyOwner, CareProvider, Technician} }

// owners is the responsibility table of domain.md: asset class x kind of site.
// The premises of a region-run site are the property owner's; a private
// provider answers for the premises and may name the property owner (an
// override); a clinic without a region rack answers for its network and internet
// too, and Region IT only for the portal, which is a service. The monitor is
// Region IT's wherever it stands: monitoring is theirs.
var owners = map[Class][3]Party{ //  region_run    private       physiotherapy
	Switch:     {RegionIT, RegionIT, CareProvider},
	Access:     {RegionIT, RegionIT, CareProvider},
	Internet:   {RegionIT, RegionIT, CareProvider},
	RegionCore: {RegionIT, RegionIT, RegionIT},
	Sjunet:     {RegionIT, RegionIT, RegionIT},
	Service:    {RegionIT, RegionIT, RegionIT},
	RoomPower:  {PropertyOwner, CareProvider, CareProvider},
	Cooling:    {PropertyOwner, CareProvider, CareProvider},
	Water:      {PropertyOwner, CareProvider, CareProvider},
	Fire:       {PropertyOwner, CareProvider, CareProvider},
	Door:       {CareProvider, CareProvider, CareProvider},
	Lock:       {PropertyOwner, CareProvider, CareProvider},
	Cabling:    {PropertyOwner, CareProvider, CareProvider},
	Outlet:     {PropertyOwner, CareProvider, CareProvider},
	Printer:    {CareProvider, CareProvider, CareProvider},
	Monitor:    {RegionIT, RegionIT, RegionIT},
}

// Responsible says who must act on a fault of class at a site of kind. overrides
// are the site's own words and win; nil is none. A class or kind that this
// version does not know falls to Region IT, who is told of everything.
func Responsible(kind SiteKind, class Class, overrides map[Class]Party) Party {
	if p, ok := overrides[class]; ok {
		return p
	}
	col := slices.Index(Kinds(), kind)
	if row, ok := owners[class]; ok && col >= 0 {
		return row[col]
	}
	return RegionIT
}

// Remedy is what a cause means: the alarm that stands for it and the asset class
// at fault.
type Remedy struct {
	Code  Code
	Class Class
}

// remedies is the table cause -> (alarm code, asset class).
var remedies = map[CauseName]Remedy{
	MainsLost:      {PowerMainsLost, RoomPower},
	SwitchDown:     {SwitchUnreachable, Switch},
	UplinkPortDown: {LinkDown, Access},
	AccessDown:     {PathDownRegion, Access},
	RegionCoreDown: {RegionManySilent, RegionCore},
	SjunetDown:     {PathDownSjunet, Sjunet},
	ServiceDown:    {ServiceFailed, Service},
	MonitorFault:   {MonitorConnection, Monitor},
	Undecided:      {PathDownRegion, Access},
}

// CauseNames returns every cause that a verdict may name.
func CauseNames() []CauseName {
	return []CauseName{MainsLost, SwitchDown, UplinkPortDown, AccessDown, RegionCoreDown, SjunetDown,
		ServiceDown, MonitorFault, Undecided}
}

// RemedyOf returns the alarm and class that stand for cause at a site of kind.
// A clinic without a region rack has its own internet where others have the
// region's access.
func RemedyOf(cause CauseName, kind SiteKind) Remedy {
	r, ok := remedies[cause]
	if !ok {
		r = remedies[Undecided]
	}
	if kind == Physiotherapy && r.Class == Access {
		r = Remedy{PathDownInternet, Internet}
	}
	return r
}

// told says which classes concern a party besides what it must act on. Region IT
// is told of everything.
var told = map[Party][]Class{
	PropertyOwner: {RoomPower, Cooling, Water, Fire, Lock},
	CareProvider:  {Switch, Access, Internet, RegionCore, Sjunet, Service, RoomPower, Water, Fire, Door, Lock, Printer},
	Technician:    Classes(),
}

// Told reports whether party p is told of a fault of class at a site of kind.
func Told(p Party, kind SiteKind, class Class, overrides map[Class]Party) bool {
	if p == RegionIT || Responsible(kind, class, overrides) == p {
		return true
	}
	return slices.Contains(told[p], class)
}
