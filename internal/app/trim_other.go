//go:build !linux

package app

import "context"

// fewArenas does nothing.
func fewArenas() {}

// trim does nothing: the C library gives memory back by itself.
func trim(context.Context) {}
