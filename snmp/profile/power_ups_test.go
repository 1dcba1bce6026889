package profile

var madeUPSes = []made{
	{ // numbers that stand for no value, and a frequency in Hz: 5 Hz is none
		profile: "ups-mib", objectID: "1.3.6.1.4.1.99999",
		answers: `2.1.0=2
			2.2.0=2147483647
			2.3.0=65535
			2.4.0=255
			2.5.0=65535
			2.7.0=65535
			4.2.0=50
			3.3.1.2.1=499
			3.3.1.2.2=5001
			3.3.1.3.1=231
			4.4.1.5.1=65535`,
		want: `state Battery status = 2 | normal | ok
			frequency Output = 50
			frequency Input L1 = 49.9
			frequency Input L2 = 50.01
			voltage Input L1 = 231`,
	},
	{
		profile: "riello-ups", objectID: "1.3.6.1.4.1.5491.304",
		answers: `2.1.0=3
			2.2.0=90
			2.3.0=12
			2.4.0=55
			2.5.0=2731
			2.7.0=24
			2.8.0=136
			3.3.1.2.1=499
			3.3.1.3.1=231
			3.3.1.4.1=-1
			4.1.0=5
			4.4.1.3.1=25
			4.4.1.5.1=41
			4.4.1.6.1=38
			10.1.0=31
			10.2.0=-1`,
		want: `state Battery status = 3 | battery | low | critical
			runtime Time on battery = 90
			runtime Time left = 720
			charge Battery charge = 55
			voltage Battery = 273.1
			temperature Battery = 24 | battery
			voltage Battery positive half = 136
			frequency Input L1 = 49.9
			voltage Input L1 = 231
			state Output source = 5 | battery | warning
			current Output L1 = 2.5
			load Output L1 = 41
			current Output peak L1 = 3.8
			temperature System = 31 | heat`,
		ups: "5 3 - - 720 55 90 V1:231 %1:41",
	},
	{
		profile: "huawei-ups", objectID: "1.3.6.1.4.1.2011.2.170",
		answers: `1.1.6.0=-35
			1.1.7.0=415
			2.101.1.1.1=4
			2.101.1.3.1=6
			2.101.1.4.1=382
			3.100.1.1.1=2304
			3.100.1.4.1=4998
			4.100.1.8.1=13
			4.100.1.14.1=427
			6.100.1.1.1=3840
			6.100.1.2.1=-125
			6.100.1.3.1=97
			6.100.1.4.1=1800
			6.100.1.7.1=3
			110.7.1.9.1.4=1345`,
		want: `temperature Environment = -3.5
			humidity Environment = 41.5
			state Output source rack 1 = 4 | battery | warning
			state Battery state rack 1 = 6 | battery | discharging | warning
			temperature Hottest module rack 1 = 38.2 | heat
			voltage Input L1 rack 1 = 230.4
			frequency Input rack 1 = 49.98
			power Output L1 rack 1 = 1300
			load Output L1 rack 1 = 42.7
			voltage Battery rack 1 = 384
			current Battery rack 1 = -12.5
			charge Battery rack 1 = 97
			runtime Time left rack 1 = 1800
			state Battery health rack 1 = 3 | battery | to be replaced | critical
			voltage Battery 1.4 = 13.45`,
		ups: "5 - 1 - 1800 97 - V1:230 %1:43",
	},
	{
		profile: "cyberpower-ups", objectID: "1.3.6.1.4.1.3808.1.1.1",
		answers: `2.1.1.0=2
			2.1.2.0=4500
			2.2.1.0=88
			2.2.2.0=541
			2.2.4.0=150000
			2.2.5.0=2
			3.2.1.0=2298
			3.2.6.0=5
			4.1.1.0=11
			4.2.3.0=104
			4.2.4.0=31
			4.2.6.0=127
			9.1.2.1.2.1=2298
			9.1.2.1.2.2=2310
			9.2.2.1.6.2=450
			10.2.0=33`,
		want: `state Battery status = 2 | battery | normal | ok
			runtime Time on battery = 45
			charge Battery = 88
			voltage Battery = 54.1
			runtime Time left = 1500
			state Battery = 2 | battery | to be replaced | critical
			voltage Input = 229.8
			state Mains = 5 | absent | critical
			state Output = 11 | overload | critical
			load Output = 104
			current Output = 3.1
			energy Output = 12700
			voltage Input L2 = 231
			power Output L2 = 450
			temperature Inside = 33 | heat`,
		ups: "- 2 1 1 1500 88 45 V1:230 %1:104",
	},
	{
		profile: "powerwalker-eppc", objectID: "1.3.6.1.4.1.935.10.1",
		answers: `2.1.0=12
			2.2.0=312
			3.1.0=6
			3.3.0=7
			3.4.0=64
			3.8.0=-20
			6.1.1.0=224
			6.2.1.0=47
			2.16.1.3.1=2401
			2.18.1.6.1=830
			2.18.1.7.1=28
			6.4.1.2.3=Door
			6.4.1.3.3=3`,
		want: `state System = 12 | reducing | ok
			temperature UPS = 31.2 | heat
			state Battery status = 6 | battery | failed | critical
			runtime Time left = 420
			charge Battery = 64
			temperature Battery = -2 | battery
			temperature Environment = 22.4
			humidity Environment = 47
			voltage Input L1 = 240.1
			apparent_power Output L1 = 830
			load Output L1 = 28
			state Contact Door = 3 | open with notice | warning`,
		ups: "7 - 1 - 420 64 - V1:240 %1:28",
	},
	{
		profile: "megatec-xppc", objectID: "1.3.6.1.4.1.935",
		answers: `2.1.1.0=2
			2.1.2.0=0
			2.2.1.0=100
			2.2.2.0=273
			2.2.3.0=285
			2.2.4.0=930
			3.2.1.0=2320
			4.1.1.0=2
			4.2.3.0=35
			8.3.6.0=36
			8.7.4.0=16
			8.7.6.0=14
			9.1.3.0=2`,
		want: `state Battery status = 2 | battery | normal | ok
			runtime Time on battery = 0
			charge Battery = 100
			voltage Battery = 27.3
			temperature Inside = 28.5 | heat
			runtime Time left = 930
			voltage Input = 232
			state Output = 2 | on line | ok
			load Output = 35
			load Output L2 = 36
			state Overload = 16 | no | ok
			state Too hot = 14 | heat | yes | critical
			state Water = 2 | abnormal | critical`,
		ups: "3 2 - 0 930 100 0 V1:232 %1:35 %2:36",
	},
	{
		profile: "tripplite", objectID: "1.3.6.1.4.1.850.1.1.1",
		answers: `3.1.0=1
			3.2.1.2.4=oid:1.3.6.1.4.1.850.1.3.3.3.8
			1.1.2.1.5.1=SU1500
			1.1.2.1.10.1=2
			1.3.1.2.1.1.7.1=271
			1.3.1.3.1.1.1.1.1=2
			1.3.1.3.1.1.1.3.1=25
			1.3.1.3.1.1.1.4.1=100
			1.3.1.3.1.2.1.2.1=-150
			1.3.1.3.1.5.1.1.1.1=3
			1.3.1.3.2.2.1.3.1.1=2304
			1.3.1.3.3.1.1.1.1=9
			1.3.1.3.3.2.1.3.1.1=425
			1.3.1.3.3.2.1.5.1.1=61
			1.3.2.3.2.1.1.12.2.1=123
			1.3.3.3.1.1.1.3=221
			1.3.3.3.3.1.2.3.2=Door
			1.3.3.3.3.1.5.3.2=1`,
		want: `count Alarms present = 1
			state Device 1 SU1500 = 2 | warning | warning
			temperature UPS 1 = 27.1 | heat
			state Battery status UPS 1 = 2 | battery | normal | ok
			runtime Time left UPS 1 = 1500
			charge Battery UPS 1 = 100
			current Battery UPS 1 = -1.5
			state Battery pack 1 UPS 1 = 3 | battery | bad | critical
			voltage Input L1 UPS 1 = 230.4
			state Output source UPS 1 = 9 | economy | ok
			current Output L1 UPS 1 = 4.25
			load Output L1 UPS 1 = 61
			apparent_power Output 1 PDU 2 = 1230
			temperature Probe 3 = 22.1
			state Alarm contact 2 probe 3 Door = 1 | yes | critical`,
		ups: "3 2 1 1 1500 100 - V1:230 %1:61",
	},
	{
		profile: "eaton-mge", objectID: "1.3.6.1.4.1.705.1",
		answers: `5.1.0=840
			5.2.0=72
			5.11.0=2
			5.14.0=1
			6.2.1.2.1=2312
			7.2.1.4.1=33
			7.3.0=1
			7.4.0=2
			7.10.0=2
			10.11.0=4`,
		want: `runtime Time left = 840
			charge Battery = 72
			state Battery to be replaced = 2 | battery | no | ok
			state Battery low = 1 | battery | yes | critical
			voltage Input L1 = 231.2
			load Output L1 = 33
			state Running on battery = 1 | yes | warning
			state Running on bypass = 2 | no | ok
			state Overload = 2 | no | ok
			state Last battery test = 4 | battery | failed by schedule | critical`,
		ups: "5 3 0 0 840 72 - V1:231 %1:33",
	},
	{
		profile: "hpe-ups", objectID: "1.3.6.1.4.1.232.165.3",
		answers: `3.2.1.0=1265
			3.2.4.0=99
			3.3.1.0=499
			3.4.1.0=27
			3.4.5.0=10
			3.6.5.0=23
			6.5.1.0=77`,
		want: `runtime Time left = 1265
			charge Battery = 99
			frequency Input = 49.9
			load Output = 27
			state Output source = 10 | high efficiency | ok
			temperature Remote probe = 23
			temperature Ambient inside = 25 | heat`,
		ups: "3 - - - 1265 99 - %1:27",
	},
	{
		profile: "liebert-gp", objectID: "1.3.6.1.4.1.476.1.42",
		answers: `2.2.0=0
			4.1.3.3.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.4.1.1.4
			4.1.3.3.1.3.1=22
			4.1.3.3.1.50.1=224
			4.1.3.3.1.2.2=oid:1.3.6.1.4.1.476.1.42.3.4.1.1.5
			4.1.3.3.1.3.2=41
			4.2.2.3.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.4.2.1.4
			4.2.2.3.1.3.1=38
			5.1.18.0=17
			5.1.19.0=93
			5.1.26.0=2
			5.3.33.0=2
			5.3.55.0=7
			5.2.2.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.5.2.1.5
			5.2.2.1.6.1=50
			5.2.2.1.11.1=425
			5.2.3.1.3.1.2=oid:1.3.6.1.4.1.476.1.42.3.5.2.1.1
			5.2.3.1.5.1.2=231
			5.2.3.1.20.1.2=231
			9.20.1.10.1.1=Input
			9.20.1.20.1.1=231
			9.30.1.50.1.1=1
			9.30.1.60.1.1=4100`,
		want: `count Conditions present = 0
			temperature Ambient = 22.4
			temperature Inverter = 41 | heat
			humidity Ambient = 38
			runtime Time left = 1020
			charge Battery = 93
			state Battery status = 2 | battery | normal | ok
			state Input quality = 2 | marginally low | warning
			state Output source = 7 | reducer | ok
			frequency Output = 50
			load Output VA = 42.5
			voltage Source 1 input L2 = 231`,
		ups: "7 2 - 0 1020 93 -",
	},
}
