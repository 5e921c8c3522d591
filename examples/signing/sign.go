// Go, with the standard library alone.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"os"
	"strings"
	"time"
)

func main() {
	project := os.Getenv("LINCHPIN_PROJECT_ID")
	text := strings.ReplaceAll(os.Getenv("LINCHPIN_SIGNING_KEY"), `\n`, "\n")
	userID := os.Args[1]

	block, _ := pem.Decode([]byte(text))
	if block == nil {
		log.Fatal("LINCHPIN_SIGNING_KEY holds no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	now := time.Now().Unix()
	claims := map[string]any{"sub": userID, "aud": "linchpin/" + project, "iat": now, "exp": now + 3600}
	content := encode(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + encode(claims)
	hash := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, hash[:])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(content + "." + base64.RawURLEncoding.EncodeToString(signature))
}

func encode(part map[string]any) string {
	text, err := json.Marshal(part)
	if err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
