from thalweg._command import main

main()
