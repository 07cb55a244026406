"""The application identifiers in force: what each value looks like, and what it goes with.

Facts of the GS1 General Specifications and of GS1's Barcode Syntax Dictionary. A line is

    identifiers = parts [key[:qualifiers]] [needs:…] [bars:…] [path]

- ``390:09`` stands for 3900 to 3909.
- A part is its characters (n digits, x set 82, y set 39, z base64url), its length or
  least-most, and the names of checks (``checks.py``); a part in parentheses may be missing.
- ``key``: a Digital Link can start with it; its qualifiers in order, alternatives behind ``|``.
- ``needs``: one of these must be there too (``01+21`` both); ``n`` is any digit.
- ``bars``: none of these may be there; ``family`` is its own with another number of decimals.
- ``path``: never an attribute in a query.

US coupons (8110, 8112) and package types (7041) are checked for length and characters only.
"""

from __future__ import annotations

AS_OF = "2026-07-27"
"""Date of the facts; newer identifiers are unknown here."""

TABLE = """
00 = n18.mod10 key
01 = n14.mod10 key:22,10,21|235 bars:255,37
02 = n14.mod10 needs:37 bars:01,03
03 = n14.mod10 bars:01,02,37,235 path
10 = x1-20 needs:01,02,03,8006,8026
11 13 15 16 = n6.month needs:01,02,03,8006,8026
12 = n6.month needs:8020
17 = n6.month needs:01,02,03,255,8006,8026
20 = n2 needs:01,02,03,8006,8026
21 = x1-20 needs:01,03,8006 bars:235 path
22 = x1-20 needs:01 path
235 = x1-28 needs:01 path
240 241 = x1-30 needs:01,02,03,8006,8026
242 = n1-6 needs:01,02,8006,8026
243 = x1-20 needs:01,03
250 = x1-30 needs:01+21,03+21,8006+21
251 = x1-30 needs:01,03,8006
253 = n13.mod10+(x1-17) key
254 = x1-20 needs:414 path
255 = n13.mod10+(n1-12) key bars:01,02,415,8006,8020,8026
30 = n1-8 needs:01,02
310:05 311:05 312:05 313:05 314:05 315:05 316:05 = n6 needs:01,02 bars:family
320:05 321:05 322:05 323:05 324:05 325:05 326:05 327:05 = n6 needs:01,02 bars:family
328:05 329:05 350:05 351:05 352:05 356:05 357:05 360:05 = n6 needs:01,02 bars:family
361:05 364:05 365:05 366:05 = n6 needs:01,02 bars:family
330:05 331:05 332:05 333:05 334:05 335:05 336:05 340:05 = n6 needs:00,01 bars:family
341:05 342:05 343:05 344:05 345:05 346:05 347:05 348:05 = n6 needs:00,01 bars:family
349:05 353:05 354:05 355:05 362:05 363:05 367:05 368:05 = n6 needs:00,01 bars:family
369:05 = n6 needs:00,01 bars:family
337:05 = n6 needs:01 bars:family
37 = n1-8 needs:00+02,00+8026
390:09 = n1-15 needs:255,8020 bars:390n,391n,394n,8111
391:09 = n3.currency+n1-15 needs:8020 bars:391n
392:09 = n1-15 needs:01+30,01+31nn,01+32nn,01+35nn,01+36nn bars:392n,393n
393:09 = n3.currency+n1-15 needs:30,31nn,32nn,35nn,36nn bars:393n
394:03 = n4 needs:255 bars:394n,8111
395:05 = n6 needs:30,31nn,32nn,35nn,36nn bars:392n,393n,395n,8005
400 90 = x1-30
401 = x1-30.prefix key
402 = n17.mod10 key
403 4308 4319 = x1-30 needs:00
410 411 412 413 416 = n13.mod10
414 = n13.mod10 key:254|7040
415 = n13.mod10 key:8020 needs:8020
417 = n13.mod10 key:7040
420 = x1-20 bars:421
421 = n3.country+x1-9 bars:4307
422 = n3.country needs:01,02,03,8006,8026 bars:426
423 425 = n3.country+(n3.country)+(n3.country)+(n3.country)+(n3.country) needs:01,02,03 bars:426
424 = n3.country needs:01,02,03 bars:426
426 = n3.country needs:01,02,03
427 = x1-3 needs:01+422,02+422,03+422
4300 4301 4310 4311 4320 = x1-35.percent needs:00
4302 4304 4305 4306 4312 4314 4315 4316 = x1-70.percent needs:00
4303 = x1-70.percent needs:4302
4307 4317 = x2.country2 needs:00
4309 = n10.latitude+n10.longitude needs:00
4313 = x1-70.percent needs:4312
4318 = x1-20 needs:00
4321 4322 4323 = n1.yesno needs:00
4324 4325 = n6.month+n4.clock needs:00
4326 = n6.day needs:00
4330 = n6+(x1.minus) needs:00 bars:4331
4331 = n6+(x1.minus) needs:00 bars:4330
4332 = n6+(x1.minus) needs:00 bars:4333
4333 = n6+(x1.minus) needs:00 bars:4332
7001 = n13 needs:01,02,8006,8026
7002 = x1-30 needs:01,02
7003 = n6.day+n4.clock needs:01,02,03
7004 = n1-4 needs:01+10,03+10
7005 = x1-12 needs:01,02
7006 = n6.day needs:01,02
7007 = n6.day+(n6.day) needs:01,02
7008 = x1-3 needs:01,02
7009 = x1-10 needs:01,02
7010 = x1-2 needs:01,02,03
7011 = n6.day+(n4.clock) needs:01,02,03
7020 = x1-20 needs:01+416,03+416,8006+416
7021 8012 = x1-20 needs:01,03,8006
7022 = x1-20 needs:01+7021,03+7021,8006+7021
7023 = x1-30.prefix
703:09 = n3.country999+x1-27 needs:01,02
7040 = n1+x1+x1+x1.importer path
7041 = x1-4 needs:00 path
710 711 712 713 714 715 716 717 = x1-20 needs:01
723:09 = x2+x1-28 needs:01,8004
7240 = x1-20 needs:01,8006 bars:03
7241 = n2.media needs:8017,8018
7242 = x1-25 needs:8017,8018
7250 = n8.date needs:8018 bars:7251
7251 = n8.date+n4.clock needs:8018 bars:7250
7252 = n1.sex needs:8018
7253 7254 = x1-40.percent needs:8017,8018 bars:7256,7259
7255 = x1-10 needs:8017,8018 bars:7256,7259
7256 = x1-90.percent needs:8017,8018
7257 = x1-70.percent needs:8018
7258 = x3.birth needs:8018+7259
7259 = x1-40.percent needs:8018 bars:7256
8001 = n4.nonzero+n5.nonzero+n3.nonzero+n1.winding+n1 needs:01
8002 = x1-20
8003 = n1.zero+n13.mod10+(x1-16) key
8004 = x1-30.prefix key:7040
8005 = n6 needs:01,02
8006 = n14.mod10+n4.piece key:22,10,21 bars:01,03,37
8007 = x1-34.iban needs:415
8008 = n6.day+n2.hour+(n2.minute)+(n2.second) needs:01,02,03
8009 = x1-50 needs:00,01,03
8010 = y1-30.prefix key:8011
8011 = n1-12.nozero needs:8010 path
8013 = x1-25.gmn.prefix key
8014 = x1-25.gmn.prefix.notdigits needs:01 path
8017 = n18.mod10 key:8019 bars:8018
8018 = n18.mod10 key:8019 bars:8017
8019 = n1-10 needs:8017,8018 path
8020 = x1-25 needs:415 path
8026 = n14.mod10+n4.piece needs:37 bars:02,03,8006
8030 = z1-90 needs:00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018
8040 = n15 needs:01+21 path
8041 = n15 needs:01+21+8040 path
8042 = n32 needs:01+21+8040 path
8043 = n18+(n1-2) needs:01+21+8040 path
8110 8112 = x1-70
8111 = n4 needs:255
8200 = x1-70 needs:01 path
9:19 = x1-90
"""
