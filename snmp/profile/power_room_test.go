package profile

var madePDUs = []made{
	{ // 2^32-15 is -1.5 degrees in an unsigned object
		profile: "raritan-px", objectID: "1.3.6.1.4.1.13742.6",
		answers: `3.2.5.1.7.1.10=1
			3.3.4.1.7.1.1.1=3
			3.3.3.1.2.1.1=I1
			5.1.3.1.2.1.10=1
			5.1.3.1.3.1.10=4
			5.1.3.1.4.1.10=4294967281
			5.2.3.1.2.1.1.1=1
			5.2.3.1.3.1.1.1=4
			5.2.3.1.4.1.1.1=1250`,
		want: `current Inlet I1 = 1.25 | ok`,
	},
	{
		profile: "cyberpower-pdu", objectID: "1.3.6.1.4.1.3808.1.1.6",
		answers: `3.2.3.1.1.2.1=53
			3.2.3.1.1.3.1=3
			3.2.3.1.1.4.1=1
			3.2.3.1.1.5.1=0
			3.2.3.1.1.10.1=412
			5.2.1.3.0=1
			6.4.4.1.2.1=1
			6.4.4.1.3.1=1
			6.4.4.1.4.1=4
			6.4.4.1.6.1=2304
			6.4.4.1.6.2=231`,
		want: `current Phase 1 bank 0 = 5.3 | warning
			state Load phase 1 bank 0 = 3 | near overload | warning
			energy Phase 1 bank 0 = 41200
			state Redundancy = 1 | lost | critical
			state Load PDU 1 phase 1 = 4 | overload | critical
			voltage PDU 1 phase 1 = 230.4
			voltage PDU phase 2 = 231`,
	},
	{
		profile: "vertiv-pdu", objectID: "1.3.6.1.4.1.21239.42.1.32",
		answers: `1.7.0=0
			3.1.1.4.1=A
			3.1.1.5.1=1
			3.1.1.9.1=1520
			3.2.1.3.1=L1
			3.2.1.4.1=2301
			3.2.1.8.1=662
			3.2.1.20.1=2
			3.5.1.3.4=Switch
			3.5.1.4.4=7
			3.7.1.3.1=RCM
			3.7.1.4.1=12
			4.1.3.1=Rack
			4.1.4.1=1
			4.1.5.1=770
			11.1.3.1=Floor
			11.1.4.1=1
			11.1.5.1=1
			11.1.7.1=3
			13.1.3.1=Front
			13.1.4.1=1
			13.1.5.1=left
			13.1.6.1=1`,
		want: `state Available PDU A = 1 | available | ok
			power PDU A = 1520
			voltage Phase L1 = 230.1
			current Phase L1 = 6.62
			state Residual current phase L1 = 2 | no | ok
			state Outlet Switch = 7 | unavailable | unknown
			current Residual RCM = 0.012
			temperature Rack = 25
			state Floor = 1 | alarm | critical
			state Door left Front = 1 | open | warning`,
	},
	{
		profile: "geist-v4", objectID: "1.3.6.1.4.1.21239.5.1",
		answers: `1.7.0=1
			2.1.3.1=Unit
			2.1.4.1=1
			2.1.5.1=231
			2.1.6.1=44
			4.1.3.1=Gone
			4.1.4.1=0
			4.1.5.1=0
			10.1.3.1=Meter
			10.1.4.1=1
			10.1.5.1=42
			10.1.10.1=17`,
		want: `temperature Unit = 23.1
			humidity Unit = 44
			energy Meter = 42000
			current Meter = 1.7`,
	},
	{
		profile: "hpe-pdu", objectID: "1.3.6.1.4.1.232.165.7",
		answers: `7.1.2.1.2.1=PDU A
			7.1.2.1.8.1=3
			7.2.2.1.3.1.1=231450
			7.2.2.1.4.1.1=1
			7.2.2.1.11.1.1=12340
			7.2.2.1.12.1.1=4
			7.2.2.1.15.1.1=12000
			7.2.2.1.16.1.1=16000
			7.2.2.1.18.1.1=-1
			7.3.1.1.2.1.1=Bank 1
			7.3.1.1.27.1.1=3
			7.4.1.1.1.1=2
			7.4.2.1.2.1.1=Top
			7.4.2.1.3.1.1=2
			7.4.2.1.4.1.1=770
			7.4.2.1.5.1.1=1`,
		want: `state PDU 1 PDU A = 3 | degraded | warning
			voltage Input phase 1 PDU 1 = 231.45 | ok
			current Input phase 1 PDU 1 = 12.34 | warning
			state Breaker Bank 1 PDU 1 = 3 | tripped | critical
			state Probe Top = 2 | connected | ok
			temperature Top = 25 | ok`,
	},
	{
		profile: "apc-cpdu", objectID: "1.3.6.1.4.1.318.1.3.4.9",
		answers: `3.4.1.2.1.1=1
			3.4.1.3.1.1=2
			3.4.1.5.1.1=1234
			5.4.1.2.1.3=3
			5.4.1.3.1.3=NAS
			5.4.1.4.1.3=0
			6.2.1.6.1.1=1
			6.2.1.7.1.1=1
			6.4.1.2.1.1=Rack top
			6.4.1.3.1.1=2
			6.4.1.4.1.1=5
			6.4.1.7.1.1=274`,
		want: `state Load PDU 1 phase 1 = 2 | high | warning
			current PDU 1 phase 1 = 12.34 | warning
			state PDU 1 outlet 3 NAS = 0 | off | unknown
			state Link Rack top = 2 | good | ok
			state State Rack top = 5 | high | warning
			temperature Rack top = 27.4 | warning`,
	},
	{
		profile: "gude-8341", objectID: "1.3.6.1.4.1.28507.65",
		answers: `5.1.2.1.2.1=1
			5.1.2.1.4.1=345
			5.1.2.1.5.1=1502
			5.1.2.1.7.1=4998
			5.1.2.1.2.2=0
			5.1.2.1.4.2=0
			6.1.1.2.1=-9999
			6.1.1.2.2=215
			6.1.1.5.2=1013`,
		want: `power Channel 1 = 345
			current Channel 1 = 1.502
			frequency Channel 1 = 49.98
			temperature Sensor 2 = 21.5
			pressure Sensor 2 = 101300`,
	},
}

var madeMonitors = []made{
	{
		profile: "cyberpower-environment", objectID: "1.3.6.1.4.1.3808.1.1.1",
		answers: `4.1.1.0=Closet
			4.2.1.0=752
			4.3.1.0=43
			4.4.2.1.2.1=Door
			4.4.2.1.3.1=2
			8.1.2.1.3.1=Top
			8.2.2.0=2
			8.2.3.1.3.1=7700
			8.3.2.1.3.1=4512`,
		want: `temperature Closet = 24
			humidity Closet = 43
			state Door = 2 | abnormal | critical
			temperature Top = 25
			humidity Top = 45.12`,
	},
	{
		profile: "akcp", objectID: "1.3.6.1.4.1.3854.1",
		answers: `1.2.2.1.16.1.1.0=Cold aisle
			1.2.2.1.16.1.3.0=29
			1.2.2.1.16.1.4.0=3
			1.2.2.1.16.1.5.0=1
			1.2.2.1.16.1.7.0=28
			1.2.2.1.16.1.8.0=32
			1.2.2.1.16.1.9.0=15
			1.2.2.1.16.1.10.0=10
			1.2.2.1.16.1.12.0=1
			1.2.2.1.16.1.1.1=Broken
			1.2.2.1.16.1.3.1=0
			1.2.2.1.16.1.4.1=7
			1.2.2.1.16.1.5.1=1
			1.2.2.1.16.1.12.1=1
			1.2.2.1.18.1.1.1=Leak
			1.2.2.1.18.1.3.1=4
			1.2.2.1.18.1.4.1=1
			1.2.2.1.18.1.1.2=Absent
			1.2.2.1.18.1.3.2=1
			1.2.2.1.18.1.4.2=2
			3.5.27.1.2.0.0.0=Rack
			3.5.27.1.6.0.0.0=6`,
		want: `temperature Cold aisle = 29 | warning
			state Temperature state Cold aisle = 3 | high | warning
			state Temperature state Broken = 7 | sensor error | critical
			state Leak = 4 | alarm high | critical
			state Door Rack = 6 | forced open | critical`,
	},
	{
		profile: "netbotz5", objectID: "1.3.6.1.4.1.52674.500.20.1",
		answers: `4.1.1.1.2.1=235
			4.1.1.1.3.1=3
			4.1.1.1.4.1=Rack
			4.2.2.1.2.2=0
			4.2.2.1.3.2=0
			4.2.2.1.4.2=Front
			4.2.13.1.2.3=1
			4.2.13.1.4.3=Floor
			4.2.12.1.2.4=-1`,
		want: `temperature Rack = 23.5 | critical
			state Status Rack = 3 | error | critical
			state Door Front = 0 | open | warning
			state Status Door Front = 0 | normal | ok
			state Leak Floor = 1 | detected | critical`,
	},
	{
		profile: "apc-environment", objectID: "1.3.6.1.4.1.318.1.3.8.2",
		answers: `10.3.12.11.0=2
			10.3.13.1.1.2.1=Probe
			10.3.13.1.1.3.1=77
			10.3.13.1.1.4.1=86
			10.3.13.1.1.10.1=2
			10.4.7.6.1.3.0.1=Floor
			10.4.7.6.1.5.0.1=1
			10.4.7.6.1.7.0.1=3
			10.5.1.1.1.3.1=Rack
			10.5.1.1.1.5.1=770
			10.5.1.1.1.11.1=0`,
		want: `state Link Probe = 2 | established | ok
			temperature Probe = 25 | ok
			state Fluid Floor = 1 | fluid | critical
			state Alarm Fluid Floor = 3 | critical | critical
			state Link Rack = 0 | inactive | warning`,
	},
	{
		profile: "hwg-ste", objectID: "1.3.6.1.4.1.21796.4.1",
		answers: `1.3.1.2.1=Room
			1.3.1.3.1=5
			1.3.1.5.1=-35
			1.3.1.7.1=1
			1.3.1.2.2=Lost
			1.3.1.3.2=0
			1.3.1.5.2=-9999
			1.3.1.7.2=1
			5.4.1.2.1=Floor
			5.4.1.6.1=1`,
		want: `state State Room = 5 | too high | critical
			temperature Room = -3.5 | critical
			state State Lost = 0 | invalid | unknown
			state Water Floor = 1 | flooded | critical`,
	},
	{
		profile: "roomalert-32e", objectID: "1.3.6.1.4.1.20916.1.8",
		answers: `1.1.1.1.0=7250
			1.1.1.2.0=2250
			1.1.2.1.0=4120
			1.1.3.1.0=1
			1.2.1.1.0=0
			1.2.1.2.0=0
			1.2.2.1.0=1875
			1.2.2.2.0=6575
			1.3.1.0=1`,
		want: `temperature Inside = 22.5
			humidity Inside = 41.2
			state Mains = 1 | on battery | critical
			temperature Sensor 2 = 18.75
			state Switch 1 = 1 | closed | ok`,
	},
	{
		profile: "vutlan", objectID: "1.3.6.1.4.1.39052",
		answers: `5.2.1.5.201001=temperature
			5.2.1.6.201001=Rack
			5.2.1.7.201001=high alarm
			5.2.1.8.201001=34.2
			6.1.1.4.102001=door
			6.1.1.5.102001=Front
			6.1.1.6.102001=alarm
			6.1.1.7.102001=1`,
		want: `temperature Rack = 34.2
			state Front door = 1 | alarm | critical`,
	},
	{
		profile: "teracom", objectID: "1.3.6.1.4.1.38783",
		answers: `3.1.0=1
			3.7.0=123
			3.9.0=-15
			3.12.0=455`,
		want: `state Input 1 = 1 | on | ok
			voltage Input 1 = 12.3
			temperature Sensor 1 = -1.5
			humidity Sensor 2 = 45.5`,
	},
}
