#!/usr/bin/env python3
"""Makes a small damaged source by hand: at least one row for every rule of silver.

    python3 eval/oracle/peer/damaged.py DIR

Rows that are odd but fine (spellings, blanks, CRLF, byte order mark, columns in another order, a name over two lines)
stand among rows that break a rule. Run the pipeline over it with `quarantine_threshold = 1.0`, build the peer from it,
and compare: what differs is a bug of one of the two.
"""

import sys
from pathlib import Path

CATALOGUE = {
    "aisles": b"\xef\xbb\xbf" + b"""AISLE , aisle_id
fresh fruit,1
  dairy  , 2\x20
,3
bread,x
again,1
soup,0
tea,4
"quoted, with comma",5
"a ""nice"" one",6
""",
    "departments": b"""department_id,department
1,produce
2,dairy
2,dairy two
-1,neg
3,\x20
4,pantry
""".replace(b"\n", b"\r\n"),
    "products": b"""product_id,product_name,aisle_id,department_id
1,Banana,1,1
2,"Milk, whole",2,2
3,Bread,9,1
4,Soup,1,3
5,,1,1
1,Banana again,1,1
6,Tea,4,4
7,"Multi
line",1,1
8,Jam,x,1
9,Honey,1,
10,Rice,5,4
11,Salt,6,4
0,Zero,1,1
12,Oil,1,1
""",
}
ORDERS = b"""order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior
1,1,prior,1,0,8,
2,1,prior,2,1,9,7.0
3,1,train,3,2,10,30
4,2,prior,1,3,0,
5,2,prior,2,4,23,0
6,2,prior,4,4,23,1.5
7,3,prior,1,0,1,
8,3,train,2,0,1,3
9,3,prior,3,0,1,3
10,3,test,4,0,1,3
11,4,prior,1,0,1,
11,4,prior,2,0,1,3
12,4,prior,2,0,1,3
13,4,prior,2,0,1,4
14,4,PRIOR,3,6,1, 5\x20
15,5,prior,1,0,1,
x,5,prior,2,0,1,3
16,,prior,2,0,1,3
17,5,foo,2,0,1,3
18,5,prior,0,0,1,3
19,5,prior,2,7,1,3
20,5,prior,2,0,24,3
21,5,prior,2,0,1,31
22,5,prior,2,0,1,abc
23,5,prior,1,0,1,5
24,5,prior,2,0,1,
25,5,prior,2,3,4,30.0
4294967296,5,prior,3,0,1,3
3.7,5,prior,3,0,1,3
1e2,5,prior,3,0,1,3
0x10,5,prior,3,0,1,3
-5,5,prior,3,0,1,3
26,6,prior,2,0,1,3
28,7,test,2,5,6,14
27,7,prior,1,5,6,
29,8,prior,1,1,1,
30,8,test,2,1,1,2
31,8,train,3,1,1,2
40,9,prior,1,0,1,null
41.0,9,prior,2.0,0,1,3
42,9,prior,3,0,1
43,9,prior,3,0,1,3,9
44,9,pri"or,3,0,1,3
"45"x,9,prior,3,0,1,3
46,9,pr\xffior,3,0,1,3
47,9,pri\x00or,3,0,1,3

"48",9,"train",3,0,1,"3"
"""
PRIOR = b"""order_id,product_id,add_to_cart_order,reordered
1,1,1,0
1,2,2,0
1,1,3,1
1,99,4,0
2,1,1,1
2,6,2,true
2,10,3,No
2,11,4,maybe
2,12,0,1
2,12,-1,1
2,x,5,1
,1,1,1
999,1,1,1
4,1,1,0
5,2,1,0
6,1,1,1
7,1,1,0
9,1,1,1
11,1,1,0
12,7,1,0
13,7,1,1
14,1,1,1
15,1,1,0
25,1,1,1
25,2,2,
3,1,9,1
27,6,1,0
29,12,1,0
2,1.5,7,0
2, 7 ,7,0
12,1,1,0
12,1,1,1
2,3,1,0
40.0,1.0,1.0,1.0
41,1,1
41,1,1,0,0
41,x"1,1,0
"41","1","1","y"
41,\xff,1,1
41,2\x00,1,1
  

"""
TRAIN = b"""product_id,order_id,reordered,add_to_cart_order
1,3,1,1
2,3,1,2
2,3,1,3
1,2,1,1
1,8,1,1
1,31,1,1
10,3,0,4
1,48,t,1
""".replace(b"\n", b"\r\n")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = CATALOGUE | {"orders": ORDERS, "order_products__prior": PRIOR, "order_products__train": TRAIN}
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
