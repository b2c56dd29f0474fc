// Package statetest holds the tests that every driver of package state passes.
package statetest

import (
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

// Opener opens an empty store that tells time by now.
type Opener func(t *testing.T, now func() time.Time) state.Store
