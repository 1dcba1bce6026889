// Package patchmap reads the patch map (korskopplingslista): which port of a switch
// goes to which panel, which outlet and which room.
//
// # The list
//
// A spreadsheet saved as CSV, with these columns in its first row, in any order:
//
//	switch,port,panel,panel_port,outlet,room,use
//	sw1,1/12,A,12,2.14-1,204,user
//	sw1,1/13,A,13,2.14-2,204,printer
//	sw1,1/47,,,,,oanvänd
//	sw1,1/49,,,,,uplink
//
// Only switch and port must be there; the Swedish names panelport, uttag, rum and
// användning are taken too. switch is the name that the configuration gives the
// device. use is uplink, access_point, printer, server, phone, user or unused, or
// Swedish: upplänk, accesspunkt, skrivare, server, telefon, användare, oanvänd; it
// becomes the port's role. An empty cell is not known. Empty rows do not count.
//
// Commas, semicolons (as Swedish Excel writes), tabs and bars separate; text with
// one of them in it stands in "quotes". The text is UTF-8, with or without a byte
// order mark, or Windows-1252, which Excel writes as plain CSV. Format the port
// column as text before typing: a spreadsheet makes a date of 1/12, and that is told
// as a mistake.
//
// A port may be written as the switch calls it or shorter, see Map.Match: 1/12,
// Gi1/0/12 and GigabitEthernet1/0/12 are one port where nothing else can be meant.
//
// # NetBox
//
// CSV exports of NetBox are told by their first row: Cables, and Devices >
// Interfaces, exported with all columns ("All Data"). Column titles as in 3.3 to
// 4.7.0-beta1 (CableTable of netbox/dcim/tables/cables.py and InterfaceTable of
// devices.py), the cable's Side A and Side B of 3.0 to 3.2, and the names of the
// import form (side_a_device, side_a_name). NetBox must be set to English.
//
// A cable's other end is the panel and its port. Where that port has a second cable
// (a panel whose front and rear port have one name), the way goes on, and its last
// end is the outlet; the location of that end is the room where it is another than
// the switch's. Of an interface, Link Peers is the panel, and Connection, where it
// is another, the outlet. Columns named outlet, room and use (custom fields) stand
// before what is found this way.
//
// # What it refuses
//
// It opens no file, asks nothing of the network, believes no file with a mistake in
// it (every mistake is told, with line and column), and guesses no port.
package patchmap
