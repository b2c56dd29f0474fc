package lrs

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed verbs.yaml
var verbsYAML []byte

//go:embed types.yaml
var typesYAML []byte

// Nothing is what a verb counts as that is known and is no learning.
const Nothing = "nothing"

// activityType is what the type of an activity tells.
type activityType struct {
	Kind   string `yaml:"kind"`
	Format string `yaml:"format"`
}

// vocabulary is what verbs and types of activities mean.
type vocabulary struct {
	verbs map[string]string // learning verb by IRI
	types map[string]activityType
}

func newVocabulary() (*vocabulary, error) {
	v := &vocabulary{verbs: map[string]string{}}
	var lists map[string][]string
	if err := yaml.Unmarshal(verbsYAML, &lists); err != nil {
		return nil, fmt.Errorf("verbs: %w", err)
	}
	for verb, iris := range lists {
		for _, iri := range iris {
			v.verbs[iri] = verb
		}
	}
	if err := yaml.Unmarshal(typesYAML, &v.types); err != nil {
		return nil, fmt.Errorf("activity types: %w", err)
	}
	return v, nil
}

// typeOf gives what a type's IRI means, by its last part.
func (v *vocabulary) typeOf(iri string) activityType {
	return v.types[strings.ToLower(lastPart(iri))]
}

// lastPart is what follows the last / or # of an IRI.
func lastPart(iri string) string {
	iri = strings.TrimRight(iri, "/")
	return iri[strings.LastIndexAny(iri, "/#")+1:]
}
