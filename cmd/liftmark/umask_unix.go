//go:build unix

package main

import "syscall"

// keepPrivate lets nobody else read files that are made from now on: those of
// the engines, which choose no mode themselves, hold personal data.
func keepPrivate() { syscall.Umask(0o077) }
