package file

import (
	"strings"

	"github.com/liftmark/liftmark/internal/record"
)

// normalName compares names: without case, spaces and punctuation.
func normalName(name string) string { return strings.ReplaceAll(record.AttributeName(name), "_", "") }
