package xapi

// clause is a part of the specification that states rules. Each version of the
// specification numbers its parts differently.
type clause uint8

const (
	clauseFormatting clause = iota
	clauseStatement
	clauseVoiding
	clauseID
	clauseActor
	clauseAgent
	clauseGroup
	clauseIFI
	clauseAccount
	clauseVerb
	clauseObject
	clauseActivity
	clauseInteraction
	clauseComponent
	clauseObjectAgent
	clauseStatementRef
	clauseSubStatement
	clauseResult
	clauseScore
	clauseContext
	clauseContextActivities
	clauseContextActors
	clauseTimestamp
	clauseStored
	clauseAuthority
	clauseVersionProperty
	clauseAttachments
	clauseExtensions
	clauseLanguageMap
	clauseIRI
	clauseUUID
	clauseTime
	clauseDuration
	clauseBatch
	clauseVersioning
)

// sections numbers the clauses in xAPI 1.0.3 and in IEEE 9274.1.1 (xAPI 2.0).
var sections = [...][2]string{
	clauseFormatting:        {"Data 2.2", "4.2.4.1"},
	clauseStatement:         {"Data 2.4", "4.2.2"},
	clauseVoiding:           {"Data 2.3.2", "4.2.5"},
	clauseID:                {"Data 2.4.1", "4.2.4.2"},
	clauseActor:             {"Data 2.4.2", "4.2.2.1"},
	clauseAgent:             {"Data 2.4.2.1", "4.2.2.1"},
	clauseGroup:             {"Data 2.4.2.2", "4.2.2.1"},
	clauseIFI:               {"Data 2.4.2.3", "4.2.2.1"},
	clauseAccount:           {"Data 2.4.2.4", "4.2.2.1"},
	clauseVerb:              {"Data 2.4.3", "4.2.2.2"},
	clauseObject:            {"Data 2.4.4", "4.2.2.3"},
	clauseActivity:          {"Data 2.4.4.1", "4.2.2.3"},
	clauseInteraction:       {"Data 2.4.4.1", "4.2.2.3"},
	clauseComponent:         {"Data 2.4.4.1", "4.2.2.3"},
	clauseObjectAgent:       {"Data 2.4.4.2", "4.2.2.3"},
	clauseStatementRef:      {"Data 2.4.4.3", "4.2.2.3"},
	clauseSubStatement:      {"Data 2.4.4.3", "4.2.2.3"},
	clauseResult:            {"Data 2.4.5", "4.2.2.4"},
	clauseScore:             {"Data 2.4.5.1", "4.2.2.4"},
	clauseContext:           {"Data 2.4.6", "4.2.2.5"},
	clauseContextActivities: {"Data 2.4.6.2", "4.2.2.5"},
	clauseContextActors:     {"Data 2.4.6", "4.2.2.5"},
	clauseTimestamp:         {"Data 2.4.7", "4.2.4.2"},
	clauseStored:            {"Data 2.4.8", "4.2.4.2"},
	clauseAuthority:         {"Data 2.4.9", "4.2.4.2"},
	clauseVersionProperty:   {"Data 2.4.10", "4.2.4.3"},
	clauseAttachments:       {"Data 2.4.11", "4.2.2.6"},
	clauseExtensions:        {"Data 4.1", "4.2.7"},
	clauseLanguageMap:       {"Data 4.2", "4.2.7"},
	clauseIRI:               {"Data 4.3", "4.2.7"},
	clauseUUID:              {"Data 4.4", "4.2.7"},
	clauseTime:              {"Data 4.5", "4.2.7"},
	clauseDuration:          {"Data 4.6", "4.2.7"},
	clauseBatch:             {"Communication 3.2", "4.1.6.1"},
	clauseVersioning:        {"Communication 3.3", "4.1.2"},
}

// section names a clause in the version's specification, for a Problem.
func (v Version) section(c clause) string {
	if v == V2 {
		return "IEEE 9274.1.1 " + sections[c][1]
	}
	return "xAPI 1.0.3 " + sections[c][0]
}
