// Package poll reads devices over SNMP: one goroutine owns each device, asks it
// one thing at a time, and hands Readings and Facts to a Sink. Once reads a device
// a single time, for people and programs.
//
// It refuses to write (there is no SET in this program), to decide what a value
// means, and to let one device wait for another. A device that does not answer
// is silent, which is not the same as down.
//
// A Device is asked in this order, one request at a time: ports that somebody
// named (AskPort), the uplink ports or the source of a UPS, and between them the
// requests of longer work by turns: the poll of all ports, and a discovery, the
// sensors or the neighbours. A discovery looks through everything that the readers
// and profiles know; what it does not find costs nothing until the next.
//
// # The JSON of Once
//
// One object a line and target. What the device did not tell is null, never 0 or
// ""; a list that has nothing is empty. Counters are whole numbers up to 2^64-1.
//
//	target      as given
//	device      sys_name, sys_descr, sys_object_id; uptime_seconds (sysUpTime: starts again
//	            after 497 days); vendor, model, serial, version from UPS-MIB, Printer-MIB,
//	            ENTITY-MIB or a profile, the first that tells; profile: name of the vendor
//	            profile that fits
//	interfaces  one for each row of ifTable or ifXTable: index; name (ifName, else ifDescr);
//	            descr; alias; type (IANAifType); admin, oper (words of RFC 2863); speed_bps;
//	            duplex ("half", "full"); mtu; mac (12 hex digits); last_change_ticks (0.01 s of
//	            sysUpTime); in_octets, out_octets, in_errors, out_errors, in_discards,
//	            out_discards (counters since the device counts)
//	sensors     oid (the instance read); class; name; value in unit; word; status; limits.
//	            An object stands here once. Of class "state" value is the number that was read,
//	            word its meaning and status how bad it is. status is ok, warning, critical,
//	            unknown, unavailable or nonoperational; null where nobody judges. value is null
//	            where the agent vouches for none. limits, where the device has some:
//	            low_critical, low_warning, high_warning, high_critical, in unit
//	neighbors   local_port and local_index of the port here; protocol ("lldp", "cdp");
//	            chassis_id, chassis_id_type, port_id (12 hex digits for a MAC, else text);
//	            port_descr; sys_name; capabilities (words of LldpSystemCapabilitiesMap)
//	poe         null without power over Ethernet; supplies: group, name, status, budget_watts,
//	            consumption_watts, threshold_percent; ports: group, index (both 0 where if_index
//	            alone is told), if_index, part, name, admin, detection, class,
//	            consumption_watts, allocated_watts, most_watts, denied, overload, short
//	ups         null where the device is none; output_source and battery_status (words of RFC
//	            1628), seconds_on_battery, runtime_seconds, charge_percent, load_percent,
//	            input_volts (of each line)
//	printer     null where the device is none; see PrinterInfo
//	bridge      null unless asked for (WithBridge); addresses: mac (12 hex digits), bridge_port,
//	            if_index, port (name of the interface), vlan (null where the FDB, fdb_id, serves
//	            several), status ("learned", "static", "self", "other"); vlans: vlan, name, fdb_id;
//	            ports: bridge_port, if_index, port, pvid, untagged, tagged (VLANs sent out so)
//	problems    what was odd and how it was taken, in English
//
// Units: temperature °C, humidity, charge, load and percent %, voltage V, current A,
// power W, apparent_power VA, energy Wh, frequency Hz, fanspeed rpm, runtime s,
// optical_power dBm, airflow m3/h, pressure Pa; count and state have none.
package poll
