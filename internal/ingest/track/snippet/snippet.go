// Package snippet holds the script that web pages load to send events. It has
// no part in what becomes of them.
package snippet

import (
	"bytes"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
)

// Name is the file name under which the script is served.
const Name = "liftmark.js"

//go:embed liftmark.js
var script []byte

// Script gives the script as it is served.
func Script() []byte { return bytes.Clone(script) }

// Integrity gives the value of the integrity attribute that pins the script.
func Integrity() string {
	sum := sha512.Sum384(script)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}
