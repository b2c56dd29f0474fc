// Package snippet holds the script that web pages load to send events. It has
// no part in what becomes of them.
package snippet

// Name is the file name under which the script is served.
const Name = "liftmark.js"

// Script gives the script as it is served.
func Script() []byte { return nil }

// Integrity gives the value of the integrity attribute that pins the script.
func Integrity() string { return "" }
