package value

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/fault"
)

// Parse reads a model file. name is what messages call it.
//
// Errors: kind invalid. YAML that is malformed, has an unknown or a repeated
// key or a value of the wrong form names each line; a model that reads but
// makes no sense names each offending cost or benefit; all problems of a stage
// are reported at once.
func Parse(name string, file []byte) (Model, error) {
	if len(bytes.TrimSpace(file)) == 0 {
		return Model{}, fault.New(fault.Invalid, "%s is empty: a model needs currency, horizon_months, costs and benefits", name)
	}
	var m Model
	if err := yaml.Load(file, &m, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return Model{}, fault.New(fault.Invalid, "read model %s: %w", name, readable(err))
	}
	if err := m.Validate(); err != nil {
		return Model{}, fault.New(fault.Invalid, "model %s: %w", name, err)
	}
	return m, nil
}

// unknownField is how the YAML package words a key that the model lacks.
var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// readable lists the problems of a YAML error, each with its line.
func readable(err error) error {
	var many *yaml.LoadErrors
	if !errors.As(err, &many) {
		return err
	}
	var lines []string
	for _, e := range many.Errors {
		message := unknownField.ReplaceAllString(e.Message, "unknown key $1")
		if !strings.HasPrefix(message, "line ") {
			message = fmt.Sprintf("line %d: %s", e.Mark.Line, message)
		}
		lines = append(lines, message)
	}
	return errors.New(strings.Join(lines, "; "))
}
