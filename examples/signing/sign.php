<?php
// PHP, with its openssl extension.
$project = getenv("LINCHPIN_PROJECT_ID");
$key = str_replace("\\n", "\n", getenv("LINCHPIN_SIGNING_KEY"));
$userId = $argv[1];

$encode = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), "+/", "-_"), "=");
$now = time();
$claims = ["sub" => $userId, "aud" => "linchpin/$project", "iat" => $now, "exp" => $now + 3600];
$content = $encode(json_encode(["alg" => "RS256", "typ" => "JWT"])) . "." . $encode(json_encode($claims));
openssl_sign($content, $signature, $key, OPENSSL_ALGO_SHA256) or exit(1);
echo $content . "." . $encode($signature) . "\n";
