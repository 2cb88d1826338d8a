import ArgumentParser
import TOMLKit

@main struct Berth: ParsableCommand {}
