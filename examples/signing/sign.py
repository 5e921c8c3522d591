# Python, with PyJWT: pip install "pyjwt[crypto]"
import os
import sys
import time

import jwt

project = os.environ["LINCHPIN_PROJECT_ID"]
key = os.environ["LINCHPIN_SIGNING_KEY"].replace("\\n", "\n")
user_id = sys.argv[1]

now = int(time.time())
claims = {"sub": user_id, "aud": f"linchpin/{project}", "iat": now, "exp": now + 3600}
print(jwt.encode(claims, key, algorithm="RS256"))
