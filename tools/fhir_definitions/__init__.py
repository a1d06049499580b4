"""What the FHIR R4 package of HL7 says, in the few words that Salus needs of it."""
